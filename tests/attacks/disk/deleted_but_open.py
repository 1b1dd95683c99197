# [attack]
# title = "Keeps deleted files open"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A deleted file that is still open shows in no listing and still takes space."""
import errno
import os

written, held = 0, []
try:
    while written < 200 * 1024 * 1024:
        fd = os.open("ghost", os.O_CREAT | os.O_RDWR)
        os.unlink("ghost")
        held.append(fd)
        written += os.write(fd, bytes(1024 * 1024))
    print("ESCAPED: holds", written)
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", written)
