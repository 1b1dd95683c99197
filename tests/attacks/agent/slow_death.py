# [attack]
# title = "Takes long to die"
# mode = "program"
# verdict = ["ACCEPTED", "TIME_LIMIT", "FORBIDDEN", "MEMORY_LIMIT"]
# stdout_has = "parent done"
"""Processes that wait in vfork, hold much memory or wait for each other delay a clean-up that counts on speed."""
import ctypes
import os
import sys

print("parent done")
sys.stdout.flush()
libc = ctypes.CDLL(None)
for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        block = bytearray(12 * 1024 * 1024)
        for page in range(0, len(block), 4096):
            block[page] = 1
        # vfork keeps the parent asleep until the child is gone.
        if libc.vfork() == 0:
            libc.pause()
        libc.pause()
