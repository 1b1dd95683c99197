# [attack]
# title = "Makes device nodes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A node of its own would open the disks and the memory of the host."""
import errno
import os
import stat

for name, kind, major, minor in (("mem", stat.S_IFCHR, 1, 1), ("kmsg", stat.S_IFCHR, 1, 11), ("sda", stat.S_IFBLK, 8, 0), ("vda", stat.S_IFBLK, 254, 0)):
    try:
        os.mknod(name, kind | 0o666, os.makedev(major, minor))
        os.open(name, os.O_RDONLY)
        print("ESCAPED: opened", name)
    except OSError as error:
        print("blocked:", name, errno.errorcode[error.errno])
