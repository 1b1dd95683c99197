# [attack]
# title = "Opens raw and ping sockets"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 9
"""Raw sockets forge any header."""
import ctypes
import errno
import itertools
import os
import signal
import socket
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


for family, kind, protocol in ((2, 3, 1), (2, 3, 255), (10, 3, 58), (10, 3, 255), (2, 10, 768), (2, 2, 1), (10, 2, 58), (1, 3, 0), (29, 3, 1)):
    attempt(f"{family} {kind} {protocol}", lambda: socket.socket(family, kind, protocol).close())
