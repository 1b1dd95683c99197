# [attack]
# title = "Uses up the inodes of every writable place"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A small file system without a cap on inodes holds millions of empty files."""
import errno
import os

for folder in (".", "/tmp", "/dev/shm", "/dev/mqueue", "/run"):
    made = 0
    try:
        while made < 20_000:
            os.close(os.open(f"{folder}/i{made}", os.O_CREAT | os.O_WRONLY, 0o600))
            made += 1
        print("ESCAPED:", made, "files in", folder)
    except OSError as error:
        print("blocked:", folder, errno.errorcode[error.errno], "after", made)
