# [attack]
# title = "Stops its parent"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A stopped supervisor supervises nothing."""
import os
import signal

parent = os.getppid()
targets = {"parent": lambda: os.kill(parent, signal.SIGSTOP)}
# Group 1 cannot be named alone: killpg(1) is kill(-1), which has a program of its own.
if parent and os.getpgid(parent) > 1:
    targets["its group"] = lambda: os.killpg(os.getpgid(parent), signal.SIGSTOP)
for what, send in targets.items():
    try:
        send()
        print("ESCAPED: stopped", what)
    except OSError as error:
        print("blocked:", what, error.strerror)
