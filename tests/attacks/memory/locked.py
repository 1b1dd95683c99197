# [attack]
# title = "Locks memory and lifts its own limits"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Locked pages cannot be reclaimed, so only a small amount may be."""
import ctypes
import resource

MCL_CURRENT, MCL_FUTURE = 1, 2
libc = ctypes.CDLL(None, use_errno=True)
if libc.mlockall(MCL_CURRENT | MCL_FUTURE) == 0:
    block = bytearray(64 * 1024 * 1024)
    print("ESCAPED: locked", len(block), "bytes")
else:
    print("blocked: mlockall")
for name in ("RLIMIT_MEMLOCK", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE"):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY:
        print("ESCAPED: no", name)
        continue
    try:
        resource.setrlimit(number, (hard + 1, hard + 1))
        print("ESCAPED: raised", name)
    except (ValueError, OSError):
        print("blocked:", name)
