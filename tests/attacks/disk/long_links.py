# [attack]
# title = "Hides data in the targets of symbolic links and in names"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A link of four kilobytes and a long name are memory that no size limit of files counts."""
import errno
import os

made = 0
try:
    while made < 50_000:
        os.symlink("x" * 4000, f"{made:0200d}")
        made += 1
    print("ESCAPED: keeps", made * 4200, "bytes in links")
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", made)
