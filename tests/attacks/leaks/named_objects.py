# [attack]
# title = "Leaves POSIX semaphores, queues and shared memory"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""Named objects are files in places that nobody lists."""
import ctypes
import os
import sys
from multiprocessing import shared_memory

O_CREAT, O_EXCL = os.O_CREAT, os.O_EXCL
libc = ctypes.CDLL(None, use_errno=True)
libc.sem_open.restype = ctypes.c_void_p
found = []
if libc.sem_open(b"/left-by-an-attack", 0):
    found.append("semaphore")
libc.sem_open(b"/left-by-an-attack", O_CREAT, 0o666, 1)
try:
    if libc.mq_open(b"/left-by-an-attack", os.O_RDONLY) >= 0:
        found.append("queue")
    libc.mq_open(b"/left-by-an-attack", O_CREAT | os.O_RDWR, 0o666, None)
except AttributeError:
    pass
try:
    shared_memory.SharedMemory("left_by_an_attack", create=True, size=4096)
except FileExistsError:
    found.append("shared memory")
except OSError:
    pass
print("ESCAPED: found %s" % found if found else "first here")
sys.stdout.flush()
os._exit(0)  # past the resource tracker, which would tidy up
