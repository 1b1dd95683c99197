# [attack]
# title = "Types into a terminal"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""TIOCSTI puts characters into the input of whoever shares the terminal."""
import fcntl
import os
import signal
import termios


def type_into(fd):
    """In a child, because the call may be answered with a signal."""
    child = os.fork()
    if child == 0:
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, b"x")
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/ptmx", "/proc/1/fd/0"):
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        print(f"ESCAPED: typed into {path}" if type_into(fd) else f"blocked: {path}")
    except OSError as error:
        print("blocked:", path, error.strerror)
for fd in range(3):
    if os.isatty(fd):
        print("ESCAPED: has a terminal on", fd)
