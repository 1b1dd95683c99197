# [attack]
# title = "Connects to addresses outside the cell"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Metadata services, the container's gateway, the database and the world must all be out of reach."""
import errno
import socket

for host, port in (("1.1.1.1", 53), ("8.8.8.8", 443), ("169.254.169.254", 80), ("172.17.0.1", 22), ("172.17.0.1", 2375), ("192.168.0.1", 80), ("10.0.0.1", 5432)):
    try:
        with socket.socket(socket.AF_INET) as connection:
            connection.settimeout(1)
            connection.connect((host, port))
            print("ESCAPED: connected to", host)
    except OSError as error:
        print("blocked:", host, errno.errorcode.get(error.errno, error))
