# [attack]
# title = "Hides memory in socket pairs"
# mode = "program"
# verdict = ["ACCEPTED", "MEMORY_LIMIT", "RUNTIME_ERROR"]
"""Unread datagrams are kernel memory."""
import socket

held = 0
pairs = []
try:
    while held < 600 * 1024 * 1024:
        pair = socket.socketpair()
        pairs.append(pair)
        pair[0].setblocking(False)
        try:
            while True:
                held += pair[0].send(bytes(65536))
        except BlockingIOError:
            pass
    print("ESCAPED: sockets hold", held, "bytes")
except OSError as error:
    print("blocked:", error.strerror, "after", held)
