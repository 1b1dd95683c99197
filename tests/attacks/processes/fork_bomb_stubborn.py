# [attack]
# title = "A fork bomb that tries again when the limit is reached"
# mode = "program"
# verdict = ["FORBIDDEN", "RUNTIME_ERROR", "TIME_LIMIT"]
"""A bomb that shrugs off EAGAIN races against whoever tries to kill it."""
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
