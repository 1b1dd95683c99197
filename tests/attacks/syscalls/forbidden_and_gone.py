# [attack]
# title = "Makes forbidden calls and lets a timer take it out of each before anybody looks"
# mode = "program"
# verdict = ["FORBIDDEN"]
"""A notice lasts as long as the call that waits; it has to be counted all the same."""
import ctypes
import os
import signal
import time

libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGALRM, lambda *_: None)
for microseconds in range(1, 60):
    if os.fork() == 0:
        signal.setitimer(signal.ITIMER_REAL, microseconds * 5 / 1e6, 1e-3)
        libc.ptrace(0, 0, None, None)
        os._exit(0)
    os.wait()
time.sleep(2)
