# [attack]
# title = "Opens inet sockets of rare protocols"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""SCTP, DCCP, MPTCP, UDP-Lite and L2TP hide behind the allowed families."""
import errno
import socket

for kind, protocol in ((1, 132), (5, 132), (6, 33), (2, 136), (1, 262), (2, 115), (1, 33), (1, 256)):
    try:
        socket.socket(socket.AF_INET, kind, protocol).close()
        print("ESCAPED:", kind, protocol)
    except OSError as error:
        print("blocked:", kind, protocol, errno.errorcode.get(error.errno, error))
