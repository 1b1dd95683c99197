# [attack]
# title = "Writes many files just below the size limit"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A limit on one file says nothing about a hundred of them."""
import errno

written = 0
try:
    for number in range(100):
        with open(f"big{number}", "wb", buffering=0) as out:
            for _ in range(8):
                written += out.write(bytes(1024 * 1024))
    print("ESCAPED: wrote", written)
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", written)
