# [attack]
# title = "Floods standard output from many processes"
# mode = "program"
# verdict = ["OUTPUT_LIMIT", "FORBIDDEN"]
"""Forty writers on one pipe, and only one of them known to the agent."""
import os

for _ in range(40):
    try:
        if os.fork() == 0:
            break
    except OSError:
        break
while True:
    os.write(1, b"forty voices\n" * 100)
