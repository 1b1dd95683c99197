# [attack]
# title = "Gives itself capabilities"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""Capabilities may hide in the inheritable, ambient and bounding sets."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
ALL = 0xFFFFFFFF
for name, sets in {"effective": (ALL, ALL, 0, ALL, ALL, 0), "permitted": (0, ALL, 0, 0, ALL, 0), "inheritable": (0, 0, 1 << 7, 0, 0, 0)}.items():
    done = libc.syscall(126, header, (ctypes.c_uint32 * 6)(*sets))
    print(f"ESCAPED: {name}" if done == 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}")
PR_CAP_AMBIENT, RAISE = 47, 2
for capability in (1, 5, 6, 7, 12, 19, 21):
    done = libc.prctl(PR_CAP_AMBIENT, RAISE, capability, 0, 0)
    print(f"ESCAPED: ambient {capability}" if done == 0 else f"blocked: ambient {capability} {errno.errorcode[ctypes.get_errno()]}")
