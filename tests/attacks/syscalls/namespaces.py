# [attack]
# title = "Makes and enters namespaces"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""In a user namespace of its own every program is root and sees far more of the kernel."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
SIGCHLD = 17
FLAGS = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "cgroup": 0x2000000, "time": 0x80}


def report(what, done):
    print(f"ESCAPED: {what}" if done >= 0 else f"blocked: {what} {errno.errorcode[ctypes.get_errno()]}", flush=True)


for name, flag in FLAGS.items():
    report("unshare " + name, libc.unshare(flag))
    if name != "time":
        child = libc.syscall(56, flag | SIGCHLD, None, None, None, None)
        if child == 0:
            os._exit(0)
        report("clone " + name, child)
    arguments = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, SIGCHLD)
    child = libc.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if child == 0:
        os._exit(0)
    report("clone3 " + name, child)
for name in ("user", "mnt", "pid", "net"):
    for pid in ("1", "self"):
        try:
            fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            report("setns " + name, libc.setns(fd, 0))
        except OSError as error:
            print("blocked:", error.strerror)
try:
    report("setns by pidfd", libc.setns(os.pidfd_open(1), 0x20000000))
except OSError as error:
    print("blocked: pidfd", error.strerror)
