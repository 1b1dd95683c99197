# [attack]
# title = "Many processes take memory together"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "RUNTIME_ERROR", "FORBIDDEN"]
"""Each process stays below the limit of one, all of them far above it."""
import os
import sys
import time

children = []
for _ in range(12):
    child = os.fork()
    if child == 0:
        hoard = bytearray(60 * 1024 * 1024)
        for page in range(0, len(hoard), 4096):
            hoard[page] = 1
        time.sleep(5)
        os._exit(0)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
if any(codes):
    sys.exit("some children died")
print("ESCAPED: 720 MiB in use at once")
