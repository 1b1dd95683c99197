# [attack]
# title = "A fork bomb in which every process leads its own session"
# mode = "program"
# verdict = ["FORBIDDEN", "RUNTIME_ERROR", "TIME_LIMIT"]
"""Killing the process group finds nothing when every member has left it."""
import os

while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
