# [attack]
# title = "Leaves files of its uid in every place that any uid can write to"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""The next run of a cell has the same uid: what belongs to it is the next learner's as well."""
import os

found, made = [], 0
for folder, names, files in os.walk("/"):
    if folder.startswith(("/proc", "/sys")):
        names.clear()
        continue
    for name in files + names:
        path = os.path.join(folder, name)
        try:
            if os.lstat(path).st_uid == os.getuid() and not path.startswith("/work/run"):
                found.append(path)
        except OSError:
            pass
    try:
        os.mkfifo(os.path.join(folder, ".owned"))
        made += 1
    except OSError:
        pass
print("ESCAPED: found %s" % found if found else "first here, made %d" % made, flush=True)
