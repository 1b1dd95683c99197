# [attack]
# title = "Uses the kernel's keyrings"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""Keyrings are not part of any namespace: they are shared by containers of one uid and outlive the run."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "add_key": (248, b"user", b"note", b"secret", 6, -4),
    "add_key session": (248, b"user", b"note", b"secret", 6, -3),
    "request_key": (249, b"user", b"note", None, -4),
    "keyctl get": (250, 0, -4, 1),
    "keyctl join": (250, 1, b"shared"),
    "keyctl persistent": (250, 22, -1, -2),
    "watch keys": (250, 32, -4, 3, 1),
}
for name, (number, *args) in CALLS.items():
    done = libc.syscall(number, *args)
    print(f"ESCAPED: {name}" if done >= 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}")
