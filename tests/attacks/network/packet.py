# [attack]
# title = "Opens packet sockets"
# mode = "program"
# verdict = ["FORBIDDEN"]
# cases = 9
"""A packet socket reads and forges every frame of an interface."""
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


for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, 10):
    for protocol in (0, 0x0300, 0x0008):
        attempt(f"packet {kind} {protocol}", lambda: socket.socket(socket.AF_PACKET, kind, protocol).close())
