# [attack]
# title = "Ends its main thread and goes on in another"
# mode = "program"
# verdict = ["TIME_LIMIT", "ACCEPTED"]
"""A process whose first thread is gone looks like a zombie and still works."""
import ctypes
import os
import threading
import time


def work():
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        pass
    os.write(1, b"ESCAPED: worked on as a zombie\n")


for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        break
threading.Thread(target=work).start()
ctypes.CDLL(None).syscall(60, 0)
