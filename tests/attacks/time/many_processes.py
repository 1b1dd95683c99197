# [attack]
# title = "Many processes burn CPU while their parent sleeps"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""A limit on one process is multiplied by the number of processes."""
import os
import time

for _ in range(20):
    if os.fork() == 0:
        while True:
            pass
time.sleep(3600)
