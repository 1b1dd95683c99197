# [attack]
# title = "Opens packet sockets"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A packet socket reads and forges every frame of an interface."""
import errno
import socket

for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    for protocol in (0, 0x0300, 0x0008):
        try:
            socket.socket(socket.AF_PACKET, kind, protocol)
            print("ESCAPED: packet socket")
        except OSError as error:
            print("blocked:", errno.errorcode[error.errno])
