# [attack]
# title = "Takes descriptors out of other processes"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 10
"""pidfd_getfd would hand over the pipe that the worker listens to."""
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
for pid in {1, os.getppid()} - {0}:
    pidfd = libc.syscall(434, pid, 0)
    for fd in range(4):
        attempt(f"descriptor {fd} of {pid}", lambda: libc.syscall(438, pidfd, fd, 0))
    attempt(f"process_madvise {pid}", lambda: libc.syscall(440, pidfd, None, 0, 21, 0))
if next(turns) <= int(sys.argv[1]):
    print("blocked: the parent is the first process")
