# [attack]
# title = "Reads and writes the memory of other processes"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""process_vm_readv needs no file in /proc."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 64)
for pid in (1, os.getppid(), os.getpid()):
    calls = {
        "process_vm_readv": (310, pid, vector, 1, vector, 1, 0),
        "process_vm_writev": (311, pid, vector, 1, vector, 1, 0),
        "kcmp": (312, pid, os.getpid(), 2, 0, 0),
        "move_pages": (279, pid, 0, None, None, None, 0),
        "migrate_pages": (256, pid, 0, None, None),
        "get_robust_list": (274, pid, vector, vector),
        "prlimit": (302, pid, 7, (ctypes.c_uint64 * 2)(0, 0), None),
    }
    for name, (number, *args) in calls.items():
        if pid == os.getpid() and name not in ("process_vm_readv", "process_vm_writev"):
            continue
        done = libc.syscall(number, *args)
        print(f"ESCAPED: {name} {pid}" if done >= 0 else f"blocked: {name} {pid} {errno.errorcode[ctypes.get_errno()]}")
