"""In front of the agent: has the kernel answer one call with an error, and becomes the agent."""
import ctypes
import errno
import os
import platform
import struct
import sys

# On x86-64 and elsewhere.
CALLS = {"unshare": (272, 97), "mount": (165, 40), "prctl": (157, 167)}
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
ARGUMENTS_AT, ARGUMENT_BYTES = 16, 8

name, position, value, error = sys.argv[1:5]
steps = [
    (LOAD, 0, 0, 0),
    (JUMP_IF_EQUAL, 0, 3, CALLS[name][platform.machine() != "x86_64"]),
    (LOAD, 0, 0, ARGUMENTS_AT + ARGUMENT_BYTES * int(position)),
    (JUMP_IF_EQUAL, 0, 1, int(value, 16)),
    (RETURN, 0, 0, ERROR | getattr(errno, error)),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
PR_SET_SECCOMP, MODE_FILTER = 22, 2
if ctypes.CDLL(None).prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.c_ulong(ctypes.addressof(program)), 0, 0) != 0:
    sys.exit("the filter was not taken")
os.execv("/usr/bin/python3", ["python3", "-I", "-B", "/opt/weak-to-strong/agent/agent.py", *sys.argv[5:]])
