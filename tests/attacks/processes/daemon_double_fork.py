# [attack]
# title = "Leaves a daemon behind"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "parent done"
"""A double fork with a session of its own outlives a run that only waits for its child."""
import os
import sys
import time

print("parent done")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3):
            os.close(fd)
        while True:
            time.sleep(60)
    os._exit(0)
