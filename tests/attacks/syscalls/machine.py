# [attack]
# title = "Changes the machine itself"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
# cases = 20
"""Clock, host name, modules, swap and reboot belong to the host."""
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
CALLS = {
    "reboot": (169, 0xFEE1DEAD, 672274793, 0, None),
    "sethostname": (170, b"owned", 5),
    "setdomainname": (171, b"owned", 5),
    "settimeofday": (164, zeros, None),
    "clock_settime": (227, 0, zeros),
    "adjtimex": (159, ctypes.create_string_buffer((1).to_bytes(4, "little"), 256)),
    "init_module": (175, zeros, 0, b""),
    "finit_module": (313, 0, b"", 0),
    "delete_module": (176, b"dummy", 0),
    "kexec_load": (246, 0, 0, None, 0),
    "swapon": (167, b"/tmp/x", 0),
    "swapoff": (168, b"/tmp/x"),
    "acct": (163, None),
    "syslog": (103, 3, zeros, 256),
    "iopl": (172, 3),
    "ioperm": (173, 0, 1, 1),
    "vhangup": (153,),
    "nfsservctl": (180, 0, None, None),
    "open_by_handle_at": (304, 0, zeros, 0),
    "name_to_handle_at": (303, -100, b"/", ctypes.create_string_buffer((128).to_bytes(4, "little"), 256), zeros, 0),
}
for name, (number, *args) in CALLS.items():
    attempt(name, lambda: libc.syscall(number, *args))
