# [attack]
# title = "Closes all its streams and never ends"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""A supervisor that only watches the pipes would take this program for finished."""
import os

for fd in (0, 1, 2):
    os.close(fd)
while True:
    pass
