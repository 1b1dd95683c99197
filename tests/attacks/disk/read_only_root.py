# [attack]
# title = "Writes outside its own folder"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Every folder of the image that can be written is a place to leave something for the next run."""
import os
import tempfile

SMALL = 256 * 1024 * 1024
for folder, children, _ in os.walk("/"):
    if folder == "/":
        children[:] = [name for name in children if name not in ("proc", "sys")]
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        continue
    space = os.statvfs(folder)
    if space.f_frsize * space.f_blocks > SMALL:
        print("ESCAPED: can write to", folder)
for path in ("/etc/passwd", "/etc/ld.so.preload", "/usr/bin/python3", os.__file__):
    try:
        open(path, "ab").close()
        print("ESCAPED: opened for writing", path)
    except OSError as error:
        print("blocked:", path, error.strerror)
