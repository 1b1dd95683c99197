# [attack]
# title = "Installs a system call filter that answers for the kernel"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "trying"
"""A filter with a listener may emulate calls for its own children, which must win them nothing."""
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
SECCOMP_SET_MODE_FILTER, NEW_LISTENER = 1, 8
allow = ctypes.create_string_buffer((0x06).to_bytes(2, "little") + b"\0\0" + (0x7FFF0000).to_bytes(4, "little"), 8)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


program = Program(1, ctypes.addressof(allow))
print("trying")
done = libc.syscall(317, SECCOMP_SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(program))
print("own filter" if done >= 0 else f"no filter: {errno.errorcode[ctypes.get_errno()]}")
attempt("ptrace after the filter", lambda: libc.ptrace(0, 0, None, None))
