# [attack]
# title = "Closes all its streams and goes on"
# mode = "program"
# verdict = ["ACCEPTED"]
"""The end of the output is not the end of the program."""
import os
import time

for fd in (0, 1, 2):
    os.close(fd)
time.sleep(1)
os._exit(0)
