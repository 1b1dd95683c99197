# [attack]
# title = "Reads and writes the memory of other processes"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 14
"""process_vm_readv needs no file in /proc."""
import ctypes
import errno
import itertools
import os
import signal
import sys


turns = itertools.count()


def attempt(name, call):
    """In a child of its own, because some calls are answered with a signal; one of them in each run, because some end it."""
    if next(turns) != int(sys.argv[1]):
        return
    child = os.fork()
    if child == 0:
        try:
            done = call()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0 if done is None or done >= 0 else ctypes.get_errno() or 255)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        print("blocked:", name, signal.Signals(os.WTERMSIG(status)).name)
    elif os.WEXITSTATUS(status):
        print("blocked:", name, errno.errorcode.get(os.WEXITSTATUS(status), os.WEXITSTATUS(status)))
    else:
        print("ESCAPED:", name)
    sys.stdout.flush()


libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 64)
for pid in {1, os.getppid()} - {0}:
    for name, (number, *args) in {
        "process_vm_readv": (310, pid, vector, 1, vector, 1, 0),
        "process_vm_writev": (311, pid, vector, 1, vector, 1, 0),
        "kcmp": (312, pid, os.getpid(), 2, 0, 0),
        "move_pages": (279, pid, 0, None, None, None, 0),
        "migrate_pages": (256, pid, 0, None, None),
        "get_robust_list": (274, pid, vector, vector),
        "prlimit": (302, pid, 7, (ctypes.c_uint64 * 2)(0, 0), None),
    }.items():
        attempt(f"{name} {pid}", lambda: libc.syscall(number, *args))
if next(turns) <= int(sys.argv[1]):
    print("blocked: the parent is the first process")
