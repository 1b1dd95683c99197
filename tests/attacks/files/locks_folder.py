# [attack]
# title = "Takes all rights from its own folder"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "locked"
"""A folder without rights cannot be emptied by those who do not hold every capability."""
import os

os.mkdir("inner")
open("inner/file", "w").close()
for path in ("inner/file", "inner", ".", "main.py"):
    try:
        os.chmod(path, 0)
    except OSError:
        pass
print("locked")
