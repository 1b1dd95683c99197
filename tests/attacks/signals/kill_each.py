# [attack]
# title = "Signals every process id of the cell"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "none reached"
"""Zygote, judge and agent must all be out of reach."""
import os
import signal

reached = []
for pid in range(1, 40_000):
    if pid == os.getpid():
        continue
    for number in (0, signal.SIGSTOP):
        try:
            os.kill(pid, number)
            reached.append(pid)
        except OSError:
            pass
print("ESCAPED: reached %s" % reached if reached else "none reached")
