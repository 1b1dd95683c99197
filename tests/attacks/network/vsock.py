# [attack]
# title = "Talks to the hypervisor"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""vsock knows no network namespace: it leads from a container straight to the machine below."""
import errno
import socket

for cid in (0, 1, 2, 3):
    try:
        with socket.socket(40, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            print("ESCAPED: has a vsock")
            connection.connect((cid, 22))
    except OSError as error:
        print("blocked:", cid, errno.errorcode.get(error.errno, error))
