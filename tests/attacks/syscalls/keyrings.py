# [attack]
# title = "Uses the kernel's keyrings"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 7
"""Keyrings are not part of any namespace: they are shared by containers of one uid and outlive the run."""
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
CALLS = {
    "add_key": (248, b"user", b"note", b"secret", 6, -4),
    "add_key session": (248, b"user", b"note", b"secret", 6, -3),
    "request_key": (249, b"user", b"note", None, -4),
    "keyctl get": (250, 0, -4, 1),
    "keyctl join": (250, 1, b"shared"),
    "keyctl persistent": (250, 22, -1, -2),
    "watch keys": (250, 32, -4, 3, 1),
}
for name, (number, *args) in CALLS.items():
    attempt(name, lambda: libc.syscall(number, *args))
