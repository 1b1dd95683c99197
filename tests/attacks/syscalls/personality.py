# [attack]
# title = "Turns off protections of its own address space"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""Fixed addresses and readable code make every other hole easier to use."""
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
for name, flags in {"no randomisation": 0x0040000, "read implies exec": 0x0400000, "linux32": 0x0008, "old svr4": 0x04100001, "page zero": 0x0100000}.items():
    attempt(name, lambda: libc.personality(flags))
