# [attack]
# title = "Leaves files everywhere and looks for those of an earlier run"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""What one learner writes, no other learner may find."""
import os
import time

MARK = "left-by-an-attack"
found = []
FOLDERS = (".", "..", "/tmp", "/var/tmp", "/work", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/home", os.path.expanduser("~"), "/var/cache")
for folder in {os.path.realpath(folder) for folder in FOLDERS}:
    path = os.path.join(folder, MARK)
    if os.path.exists(path):
        found.append(path)
    try:
        with open(path, "w") as file:
            file.write(str(time.time()))
    except OSError:
        pass
print("ESCAPED: found %s" % found if found else "first here")
