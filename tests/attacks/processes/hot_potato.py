# [attack]
# title = "Each process forks a successor and exits"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "parent done"
"""A chain that changes its process id all the time dodges a killer that lists first and kills later."""
import os
import sys
import time

print("parent done")
sys.stdout.flush()
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                pass
        os.write(1, b"ESCAPED: the chain outlived the run\n")
        os._exit(0)
time.sleep(0.2)
