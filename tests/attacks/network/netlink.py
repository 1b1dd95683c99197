# [attack]
# title = "Opens netlink sockets"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Netlink is the way to routes, firewalls and audit, with a long list of kernel holes."""
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


for protocol in range(23):
    attempt(f"netlink {protocol}", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol).close())
attempt("netlink datagrams", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 0).close())
