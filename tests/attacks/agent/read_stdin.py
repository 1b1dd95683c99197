# [attack]
# title = "Reads the frames that the worker sends"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing read"
"""The run frame holds hidden checks, so the subject must not share the agent's stdin."""
import os
import select

seen = b""
for path in ("/proc/1/fd/0", "/proc/self/fd/0", f"/proc/{os.getppid()}/fd/0", "/dev/stdin", "/dev/fd/0"):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        seen += os.read(fd, 65536)
    except OSError:
        pass
for fd in range(64):
    try:
        if fd not in (1, 2) and select.select([fd], [], [], 0)[0]:
            os.set_blocking(fd, False)
            seen += os.read(fd, 65536)
    except (OSError, ValueError):
        pass
print("ESCAPED: %r" % seen[:80] if seen else "nothing read")
