# [attack]
# title = "Jumps into 32-bit mode"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
"""A far return to segment 0x23 runs real 32-bit code whose system calls use the other table."""
import ctypes
import mmap
import os
import platform
import sys

if platform.machine() != "x86_64":
    sys.exit(0)
print("trying", flush=True)
MAP_32BIT = 0x40
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
base = ctypes.addressof(ctypes.c_char.from_buffer(page))
message = b"ESCAPED: wrote in 32-bit mode\n"
page[256 : 256 + len(message)] = message
# push 0x23; push offset; retfq, then in 32-bit mode write(1, message, length) and exit(0)
far = b"\x48\xb8" + (base + 64).to_bytes(8, "little") + b"\x6a\x23\x50\x48\xcb"
narrow = b"\xb8\x04\0\0\0\xbb\x01\0\0\0\xb9" + (base + 256).to_bytes(4, "little") + b"\xba" + len(message).to_bytes(4, "little") + b"\xcd\x80\xb8\x01\0\0\0\x31\xdb\xcd\x80"
page[0 : len(far)] = far
page[64 : 64 + len(narrow)] = narrow
if os.fork() == 0:
    ctypes.CFUNCTYPE(None)(base)()
os.wait()
