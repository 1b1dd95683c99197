# [attack]
# title = "Writes files below /sys"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""uevent_helper and power/state act on the host itself."""
import os

opened = 0
for folder, _, names in os.walk("/sys"):
    for name in names:
        path = os.path.join(folder, name)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            print("ESCAPED: opened for writing", path)
            opened += 1
        except OSError:
            pass
    if opened > 20:
        break
print("blocked: /sys" if not opened else "open")
