# [attack]
# title = "Gives itself capabilities"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""Capabilities may hide in the inheritable, ambient and bounding sets."""
import ctypes
import errno
import os
import signal
import sys


def attempt(name, call):
    """In a child of its own, because some calls are answered with a signal."""
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
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
ALL = 0xFFFFFFFF
for name, sets in {"effective": (ALL, ALL, 0, ALL, ALL, 0), "permitted": (0, ALL, 0, 0, ALL, 0), "inheritable": (0, 0, 1 << 7, 0, 0, 0)}.items():
    attempt(name, lambda: libc.syscall(126, header, (ctypes.c_uint32 * 6)(*sets)))
PR_CAP_AMBIENT, RAISE = 47, 2
for capability in (1, 5, 6, 7, 12, 19, 21):
    attempt(f"ambient {capability}", lambda: libc.prctl(PR_CAP_AMBIENT, RAISE, capability, 0, 0))
