# [attack]
# title = "Connects by IPv6"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""IPv6 is often forgotten when IPv4 is closed."""
import errno
import socket

for host in ("2606:4700:4700::1111", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:1.1.1.1"):
    try:
        with socket.socket(socket.AF_INET6) as connection:
            connection.settimeout(1)
            connection.connect((host, 80))
            print("ESCAPED: connected to", host)
    except OSError as error:
        print("blocked:", host, errno.errorcode.get(error.errno, error))
