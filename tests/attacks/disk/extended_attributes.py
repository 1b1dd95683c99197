# [attack]
# title = "Hides data in extended attributes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Attributes of files on a tmpfs are kernel memory that no size limit of files counts."""
import errno
import os

kept = 0
open("carrier", "w").close()
try:
    for number in range(100_000):
        os.setxattr("carrier", f"user.x{number}", bytes(60_000))
        kept += 60_000
        if kept > 100 * 1024 * 1024:
            print("ESCAPED: keeps", kept, "bytes in attributes")
            break
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", kept)
