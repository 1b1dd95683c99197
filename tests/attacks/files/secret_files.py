# [attack]
# title = "Reads files that are for root alone"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""The image has secrets of its own even when nothing is mounted into it."""
import os

for path in ("/etc/shadow", "/root", "/proc/1/environ", "/run/secrets", "/var/run/docker.sock", "/.dockerenv"):
    try:
        shown = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(64)
        print("ESCAPED: %s %r" % (path, shown) if shown else f"blocked: {path} is empty")
    except OSError as error:
        print("blocked:", path, error.strerror)
