# [attack]
# title = "Installs a system call filter that answers for the kernel"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "trying"
"""A filter with a listener may emulate calls for its own children, which must win them nothing."""
import ctypes
import errno

SECCOMP_SET_MODE_FILTER, NEW_LISTENER = 1, 8
libc = ctypes.CDLL(None, use_errno=True)
allow = ctypes.create_string_buffer((0x06).to_bytes(2, "little") + b"\0\0" + (0x7FFF0000).to_bytes(4, "little"), 8)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


program = Program(1, ctypes.addressof(allow))
print("trying")
done = libc.syscall(317, SECCOMP_SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(program))
print("own filter" if done >= 0 else f"blocked: {errno.errorcode[ctypes.get_errno()]}")
done = libc.ptrace(0, 0, None, None)
print("ESCAPED: ptrace is open again" if done == 0 else f"blocked: ptrace {errno.errorcode[ctypes.get_errno()]}")
