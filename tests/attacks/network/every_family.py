# [attack]
# title = "Opens a socket of every family"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Rare families load kernel modules that few people have ever looked at."""
import ctypes
import errno
import os
import signal
import socket
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


# Packet and vsock sockets, and raw ones of any family, have attacks of their own: they end the run.
APART = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_PACKET, socket.AF_VSOCK}
for family in set(range(64)) - APART:
    for kind in (1, 2, 4, 5):
        attempt(f"family {family} type {kind}", lambda: socket.socket(family, kind, 0).close())
