# [attack]
# title = "Opens raw and ping sockets"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Raw sockets forge any header."""
import errno
import socket

for family, kind, protocol in ((2, 3, 1), (2, 3, 255), (10, 3, 58), (10, 3, 255), (2, 2, 1), (10, 2, 58)):
    try:
        socket.socket(family, kind, protocol)
        print("ESCAPED:", family, kind, protocol)
    except OSError as error:
        print("blocked:", family, kind, protocol, errno.errorcode[error.errno])
