# [attack]
# title = "Hides memory in anonymous files"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "RUNTIME_ERROR", "ACCEPTED"]
"""memfd pages belong to no process's heap, only to the cgroup."""
import os

held = 0
files = []
try:
    while held < 600 * 1024 * 1024:
        fd = os.memfd_create("hoard")
        files.append(fd)
        for _ in range(16):
            held += os.write(fd, bytes(1024 * 1024))
    print("ESCAPED: holds", held, "bytes")
except OSError as error:
    print("blocked:", error.strerror, "after", held)
