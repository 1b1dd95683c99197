# [attack]
# title = "Changes the pipe of its own output"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "still heard"
"""Flags and size of a pipe are shared by everyone who holds the same end."""
import fcntl
import os

F_SETPIPE_SZ = 1031
for size in (4096, 1 << 20, 1 << 30):
    try:
        fcntl.fcntl(1, F_SETPIPE_SZ, size)
    except OSError:
        pass
fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND | os.O_ASYNC)
os.write(1, b"still heard\n")
