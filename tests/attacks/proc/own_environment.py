# [attack]
# title = "Looks for secrets in its environment"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "harmless"
"""A forked interpreter keeps the block of environment that its ancestor was started with."""
import os

known = {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PWD", "TMPDIR", "TERM", "USER", "HOSTNAME", "TZ"}
names = set(os.environ)
for path in ("/proc/self/environ", "/proc/thread-self/environ"):
    try:
        with open(path, "rb") as file:
            names |= {entry.split(b"=")[0].decode() for entry in file.read().split(b"\0") if entry}
    except OSError as error:
        print("blocked:", path, error.strerror)
odd = {name for name in names if name not in known and not name.startswith("PYTHON")}
print("ESCAPED: %s" % sorted(odd) if odd else "harmless")
