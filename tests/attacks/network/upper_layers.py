# [attack]
# title = "Puts rare protocols on top of a TCP socket"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""TCP_ULP and SO_ATTACH_FILTER reach kernel code through a socket that is allowed."""
import errno
import socket
import struct

TCP_ULP, SOL_TLS, SO_ATTACH_BPF = 31, 282, 50
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
for what, level, option, value in (("tls", 6, TCP_ULP, b"tls"), ("smc", 6, TCP_ULP, b"smc"), ("espintcp", 6, TCP_ULP, b"espintcp"), ("attach bpf", socket.SOL_SOCKET, SO_ATTACH_BPF, struct.pack("i", 3)), ("netfilter table", 0, 64, bytes(84))):
    try:
        client.setsockopt(level, option, value)
        print("ESCAPED:", what)
    except OSError as error:
        print("blocked:", what, errno.errorcode.get(error.errno, error))
