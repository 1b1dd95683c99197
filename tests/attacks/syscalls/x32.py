# [attack]
# title = "Makes system calls of the x32 ABI"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
"""x32 has the same architecture as 64-bit code and numbers of its own."""
import ctypes
import errno

X32 = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
for name, number, *args in (("getpid", 39), ("unshare", 272, 0x10000000), ("ptrace", 521, 0, 0, 0, 0), ("process_vm_readv", 539, 1, 0, 0, 0, 0, 0)):
    done = libc.syscall(ctypes.c_long(X32 | number), *args)
    print(f"ESCAPED: {name} by x32" if done >= 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}", flush=True)
