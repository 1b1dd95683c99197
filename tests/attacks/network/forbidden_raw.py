# [attack]
# title = "Opens a raw socket and asks for nothing else"
# mode = "program"
# verdict = ["FORBIDDEN"]
"""A socket that only an attack opens has a verdict of its own."""
import socket

socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("ESCAPED: has a raw socket")
