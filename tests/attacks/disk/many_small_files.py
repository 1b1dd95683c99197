# [attack]
# title = "Uses up the inodes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Empty files cost no space and still cost kernel memory."""
import errno
import os

made = 0
try:
    while made < 100_000:
        os.close(os.open(f"f{made}", os.O_CREAT | os.O_WRONLY))
        made += 1
    print("ESCAPED: made", made, "files")
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", made)
