# [attack]
# title = "Sends datagrams and asks name servers"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A single name look-up is enough to carry data out."""
import errno
import socket

QUESTION = bytes.fromhex("12340100000100000000000007 6578616d706c65 03636f6d0000010001")
for family, address in ((socket.AF_INET, ("8.8.8.8", 53)), (socket.AF_INET, ("127.0.0.11", 53)), (socket.AF_INET, ("255.255.255.255", 67)), (socket.AF_INET, ("239.1.1.1", 1900)), (socket.AF_INET6, ("2001:4860:4860::8888", 53))):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as connection:
            connection.settimeout(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            connection.sendto(QUESTION, address)
            print("ESCAPED: answer", connection.recvfrom(512))
    except OSError as error:
        print("blocked:", address[0], errno.errorcode.get(error.errno, error))
try:
    print("ESCAPED:", socket.getaddrinfo("example.com", 80))
except OSError as error:
    print("blocked: name look-up,", error.strerror)
