# [attack]
# title = "Reads what /proc shows of other processes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""environ, mem and descriptors of the agent, the zygote or the judge would give everything away."""
import os

mine = {os.getpid()}
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) in mine:
        continue
    for name in ("environ", "mem", "maps", "stack", "auxv", "syscall", "fd", "map_files", "io", "ns/pid", "root", "cwd", "exe", "task"):
        path = f"/proc/{pid}/{name}"
        try:
            if name in ("fd", "map_files"):
                shown = os.listdir(path)
            elif name in ("ns/pid", "root", "cwd", "exe"):
                shown = os.readlink(path)
            elif name == "task":
                continue
            else:
                with open(path, "rb") as file:
                    shown = file.read(16)
            print("ESCAPED:", path, shown)
        except OSError as error:
            print("blocked:", path, error.strerror)
try:
    os.listdir("/proc/1/fd")
    print("ESCAPED: descriptors of PID 1")
except OSError as error:
    print("blocked: descriptors of PID 1,", error.strerror)
