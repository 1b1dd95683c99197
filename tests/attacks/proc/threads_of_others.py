# [attack]
# title = "Reads other processes through their threads"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""/proc/1/task/1 is the same room with a second door."""
import os

for name in ("environ", "mem", "fd/0", "fd/1", "root/etc/shadow", "cwd", "maps"):
    path = f"/proc/1/task/1/{name}"
    for flags in (os.O_RDONLY, os.O_WRONLY):
        try:
            fd = os.open(path, flags | os.O_NONBLOCK)
            print("ESCAPED: opened", path, os.read(fd, 16) if flags == os.O_RDONLY else "")
        except OSError as error:
            print("blocked:", path, error.strerror)
