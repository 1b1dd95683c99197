# [attack]
# title = "Makes a sparse file of a terabyte"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A sparse file costs nothing until somebody copies or reads it."""
import errno
import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for name, grow in (("truncate", os.ftruncate), ("fallocate", lambda fd, size: os.posix_fallocate(fd, 0, size))):
    fd = os.open(name, os.O_CREAT | os.O_RDWR)
    try:
        grow(fd, 1 << 40)
        print("ESCAPED:", name)
    except OSError as error:
        print("blocked:", name, errno.errorcode[error.errno])
