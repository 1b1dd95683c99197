# [attack]
# title = "Opens netlink sockets"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Netlink is the way to routes, firewalls and audit, with a long list of kernel holes."""
import errno
import socket

for protocol in range(23):
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        print("ESCAPED: netlink", protocol)
    except OSError as error:
        print("blocked:", protocol, errno.errorcode[error.errno])
