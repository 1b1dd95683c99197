# [attack]
# title = "Talks to the hypervisor"
# mode = "program"
# verdict = ["FORBIDDEN"]
# cases = 5
"""vsock knows no network namespace: it leads from a container straight to the machine below."""
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


if os.path.exists("/dev/vsock"):
    print("ESCAPED: /dev/vsock", flush=True)


def connect(cid):
    with socket.socket(40, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        connection.connect_ex((cid, 22))


for cid in (0, 1, 2, 3):
    attempt(f"vsock {cid}", lambda: connect(cid))
attempt("vsock datagrams", lambda: socket.socket(40, socket.SOCK_DGRAM).close())
