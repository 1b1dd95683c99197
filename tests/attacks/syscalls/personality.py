# [attack]
# title = "Turns off protections of its own address space"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""Fixed addresses and readable code make every other hole easier to use."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
for name, flags in {"no randomisation": 0x0040000, "read implies exec": 0x0400000, "linux32": 0x0008, "old svr4": 0x04100001, "page zero": 0x0100000}.items():
    done = libc.personality(flags)
    print(f"ESCAPED: {name}" if done >= 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}")
