# [attack]
# title = "A chain of processes each of which burns a little CPU"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""CPU time of processes that are dead and gone still counts."""
import os
import time

while True:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
