# [attack]
# title = "Leaves processes behind and looks for those of an earlier run"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""Whoever outlives a run sees the next one, and can be asked by it."""
import os
import time

mine = {os.getpid(), os.getppid(), 1}
found = []
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in mine:
        try:
            with open("/proc/%s/status" % name) as file:
                uids = [line.split()[1] for line in file if line.startswith("Uid:")]
        except OSError:
            continue
        if uids == [str(os.getuid())]:
            found.append(name)
print("ESCAPED: found %s" % found if found else "first here", flush=True)
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(3):
                os.close(fd)
            time.sleep(600)
        os._exit(0)
    os.wait()
