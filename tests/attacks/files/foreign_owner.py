# [attack]
# title = "Gives files away and sets the set-uid bit"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A set-uid file that belongs to somebody else is that somebody's power."""
import errno
import os
import shutil
import subprocess
import sys

shutil.copy(sys.executable, "shell")
for owner in (0, 1, 65534, os.getuid() + 1):
    try:
        os.chown("shell", owner, owner)
        print("ESCAPED: gave a file to", owner)
    except OSError as error:
        print("blocked:", owner, errno.errorcode[error.errno])
os.chmod("shell", 0o6755)
try:
    shown = subprocess.run(["./shell", "-c", "import os; print(os.geteuid())"], capture_output=True, text=True).stdout.strip()
    if shown not in ("", str(os.getuid())):
        print("ESCAPED: runs as", shown)
except OSError as error:
    print("blocked: exec", error.strerror)
