# [attack]
# title = "Loads programs into the kernel and watches it"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 14
"""bpf, perf, userfaultfd and io_uring are where most escapes of the last years began."""
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
zeros = ctypes.create_string_buffer(256)
attributes = ctypes.create_string_buffer((1).to_bytes(4, "little") + (128).to_bytes(4, "little"), 128)
CALLS = {
    "bpf map": (321, 0, (ctypes.c_uint32 * 8)(2, 4, 4, 4), 32),
    "bpf program": (321, 5, zeros, 128),
    "perf_event_open": (298, attributes, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "userfaultfd user mode": (323, 1),
    "io_uring_setup": (425, 4, zeros),
    "io_uring_enter": (426, 0, 1, 0, 0, None, 0),
    "io_uring_register": (427, 0, 0, None, 0),
    "fanotify_init": (300, 0, 0),
    "fanotify_init notify": (300, 0x200, 0),
    "lookup_dcookie": (212, 0, zeros, 256),
    "memfd_secret": (447, 0),
    "quotactl": (179, 0, None, 0, None),
    "vmsplice": (278, 1, zeros, 0, 99),
}
for name, (number, *args) in CALLS.items():
    attempt(name, lambda: libc.syscall(number, *args))
