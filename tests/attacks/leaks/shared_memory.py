# [attack]
# title = "Leaves System V memory, semaphores and queues"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""These objects have no owner process and stay until somebody removes them."""
import ctypes
import os

KEY, IPC_CREAT = 0x5EED, 0o1000
libc = ctypes.CDLL(None, use_errno=True)
found = []
for name, make in {
    "memory": lambda flags: libc.shmget(KEY, 4096, flags),
    "semaphore": lambda flags: libc.semget(KEY, 1, flags),
    "queue": lambda flags: libc.msgget(KEY, flags),
}.items():
    if make(0) >= 0:
        found.append(name)
    make(IPC_CREAT | 0o666)
for path in ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"):
    if not os.path.exists(path):
        continue
    with open(path) as file:
        if len(file.readlines()) > 2:
            found.append(path)
print("ESCAPED: found %s" % found if found else "first here")
