# [attack]
# title = "Makes a forbidden call in a child whose end nobody but itself sees"
# mode = "program"
# verdict = ["FORBIDDEN"]
"""Who waits for a child alone learns how it died; the kernel's notice does not ask the parent."""
import ctypes
import os
import time

child = os.fork()
if child == 0:
    ctypes.CDLL(None).unshare(0x10000000)
    os._exit(0)
os.waitpid(child, 0)
time.sleep(2)
