# [attack]
# title = "Takes descriptors out of other processes"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""pidfd_getfd would hand over the pipe that the worker listens to."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in {1, os.getppid()} - {0}:
    pidfd = libc.syscall(434, pid, 0)
    for fd in range(8):
        done = libc.syscall(438, pidfd, fd, 0)
        print(f"ESCAPED: descriptor {fd} of {pid}" if done >= 0 else f"blocked: {errno.errorcode[ctypes.get_errno()]}")
    done = libc.syscall(440, pidfd, None, 0, 21, 0)
    print("ESCAPED: process_madvise" if done >= 0 else f"blocked: {errno.errorcode[ctypes.get_errno()]}")
