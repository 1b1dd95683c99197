# [attack]
# title = "Makes hard links to files of others"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A hard link keeps a file alive and gives it a second owner."""
import os
import sys

for target in ("/etc/passwd", "/etc/shadow", sys.executable, os.__file__, "/proc/1/environ"):
    try:
        os.link(target, "stolen")
        print("ESCAPED: linked", target)
    except OSError as error:
        print("blocked:", target, error.strerror)
