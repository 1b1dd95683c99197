# [attack]
# title = "Makes and enters namespaces"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 32
"""In a user namespace of its own every program is root and sees far more of the kernel."""
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
SIGCHLD = 17
FLAGS = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "cgroup": 0x2000000, "time": 0x80}


def clone3(flag):
    arguments = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, SIGCHLD)
    return libc.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))


for name, flag in FLAGS.items():
    attempt("unshare " + name, lambda: libc.unshare(flag))
    attempt("clone3 " + name, lambda: clone3(flag))
    if name != "time":
        attempt("clone " + name, lambda: libc.syscall(56, flag | SIGCHLD, None, None, None, None))
for name in ("user", "mnt", "pid", "net"):
    for pid in ("1", "self"):
        attempt(f"setns {name} of {pid}", lambda: libc.setns(os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY), 0))
attempt("setns by pidfd", lambda: libc.setns(os.pidfd_open(1), 0x20000000))
