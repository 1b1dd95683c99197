# [attack]
# title = "Makes system calls of the x32 ABI"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
# cases = 4
"""x32 has the same architecture as 64-bit code and numbers of its own."""
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
X32 = 0x40000000
for name, number, *args in (("getpid", 39), ("unshare", 272, 0x10000000), ("ptrace", 521, 0, 0, 0, 0), ("process_vm_readv", 539, 1, 0, 0, 0, 0, 0)):
    attempt(name + " by x32", lambda: libc.syscall(ctypes.c_long(X32 | number), *args))
