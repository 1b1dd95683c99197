# [attack]
# title = "Clears its parent-death signal and adopts orphans"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "parent done"
"""A subject that resets its parent-death signal must still die with its run."""
import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None)
libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
print("parent done")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    time.sleep(2)
    os.write(1, b"ESCAPED: outlived its parent\n")
