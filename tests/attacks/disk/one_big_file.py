# [attack]
# title = "Writes one big file"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""The writable folder is small, and full means an error for the learner, not for the cell."""
import errno

written = 0
try:
    with open("big", "wb", buffering=0) as out:
        while written < 200 * 1024 * 1024:
            written += out.write(bytes(1024 * 1024))
    print("ESCAPED: wrote", written)
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", written)
