# [attack]
# title = "Gives its processes names that look like fields of /proc"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""A parser that splits /proc/<pid>/stat at blanks reads the state and the times out of the name."""
import ctypes
import os

PR_SET_NAME = 15
libc = ctypes.CDLL(None)
for name in (b") Z 0 0 0 0 0 0", b"\nUid:\t0\t0\t0\t0\n", b"\nState:\tZ (zom", b"1 (init) S 0 1", b"\xff\xfe) X 1 1 1"):
    if os.fork() == 0:
        libc.prctl(PR_SET_NAME, name, 0, 0, 0)
        os.setsid()
        while True:
            pass
libc.prctl(PR_SET_NAME, b") Z 1 1 1 0 -1 ", 0, 0, 0)
while True:
    pass
