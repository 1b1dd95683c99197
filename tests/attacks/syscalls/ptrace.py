# [attack]
# title = "Traces other processes"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""A tracer owns the process that it traces."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
for what, request, pid in (("TRACEME", 0, 0), ("ATTACH", 16, 1), ("SEIZE", 0x4206, 1), ("ATTACH", 16, os.getppid())):
    print(f"ESCAPED: {what}" if libc.ptrace(request, pid, None, None) == 0 else f"blocked: {what} {errno.errorcode[ctypes.get_errno()]}")
