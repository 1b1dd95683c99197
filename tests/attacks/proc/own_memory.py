# [attack]
# title = "Patches its own code through /proc/self/mem"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR"]
# stdout_has = "tried"
"""/proc/self/mem writes where page rights say no; it may hurt the subject only."""
import os
import sys

for path in ("/proc/self/mem", "/proc/thread-self/mem"):
    try:
        fd = os.open(path, os.O_RDWR)
        os.lseek(fd, id(sys.version), os.SEEK_SET)
        os.read(fd, 16)
        print("own memory only")
    except OSError as error:
        print("blocked:", path, error.strerror)
print("tried")
