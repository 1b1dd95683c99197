# [attack]
# title = "Opens as many files as it can"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked: EMFILE"
"""Open files are kernel memory too."""
import errno
import os

count = 0
try:
    while count < 100_000:
        os.open("/dev/null", os.O_RDONLY)
        count += 1
    os.write(1, b"ESCAPED: a hundred thousand open files\n")
except OSError as error:
    os.write(1, f"blocked: {errno.errorcode[error.errno]} after {count}\n".encode())
os._exit(0)
