# [attack]
# title = "Changes its control groups"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Memory and process limits are files: whoever may write them has none."""
import os

touched = 0
with open("/proc/self/cgroup") as file:
    print(file.read()[:200])
for folder, folders, names in os.walk("/sys/fs/cgroup"):
    for name in names:
        path = os.path.join(folder, name)
        try:
            os.close(os.open(path, os.O_WRONLY))
            print("ESCAPED: opened for writing", path)
            touched += 1
        except OSError:
            pass
    try:
        os.mkdir(os.path.join(folder, "mine"))
        print("ESCAPED: made a group in", folder)
        touched += 1
    except OSError:
        pass
print("blocked: control groups" if not touched else "open")
