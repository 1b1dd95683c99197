# [attack]
# title = "Marks its files as immutable"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""An immutable file cannot be removed when the cell is cleaned."""
import errno
import fcntl
import os

FS_IOC_SETFLAGS, FS_IMMUTABLE_FL, FS_APPEND_FL = 0x40086602, 0x10, 0x20
fd = os.open("stone", os.O_CREAT | os.O_RDWR)
for flag in (FS_IMMUTABLE_FL, FS_APPEND_FL):
    try:
        fcntl.ioctl(fd, FS_IOC_SETFLAGS, flag.to_bytes(8, "little"))
        print("ESCAPED: flag", flag)
    except OSError as error:
        print("blocked:", errno.errorcode[error.errno])
