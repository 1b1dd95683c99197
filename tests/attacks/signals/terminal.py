# [attack]
# title = "Types into a terminal"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""TIOCSTI puts characters into the input of whoever shares the terminal."""
import fcntl
import os
import termios

for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/ptmx", "/proc/1/fd/0"):
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(fd, termios.TIOCSTI, b"x")
        print("ESCAPED: typed into", path)
    except OSError as error:
        print("blocked:", path, error.strerror)
for fd in range(3):
    if os.isatty(fd):
        print("ESCAPED: has a terminal on", fd)
