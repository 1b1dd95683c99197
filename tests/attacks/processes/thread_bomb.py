# [attack]
# title = "Starts as many threads as it is allowed"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
"""Threads count as processes in the kernel's book, and must in ours."""
import os
import sys
import threading

threading.stack_size(64 * 1024)
gate = threading.Event()
count = 0
try:
    while count < 500:
        threading.Thread(target=gate.wait, daemon=True).start()
        count += 1
    print("ESCAPED:", count, "threads at once")
except (RuntimeError, MemoryError):
    print("blocked: no further thread after", count)
sys.stdout.flush()
os._exit(0)
