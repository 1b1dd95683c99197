# [attack]
# title = "Opens a socket of every family"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Rare families load kernel modules that few people have ever looked at."""
import errno
import socket

ALLOWED = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
for family in range(64):
    if family in ALLOWED:
        continue
    for kind in (1, 2, 3, 4, 5):
        try:
            socket.socket(family, kind, 0).close()
            print("ESCAPED: family", family, "type", kind)
        except OSError as error:
            print("blocked:", family, errno.errorcode[error.errno])
