# [attack]
# title = "Looks for services on the cell's loopback"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing listens"
"""A judge or agent that listened on loopback would be open to every subject."""
import socket

found = []
for port in range(1, 65536):
    with socket.socket() as connection:
        if connection.connect_ex(("127.0.0.1", port)) == 0 and connection.getsockname()[1] != port:
            found.append(port)
print("ESCAPED: ports %s" % found if found else "nothing listens")
