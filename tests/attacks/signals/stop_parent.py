# [attack]
# title = "Stops its parent"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A stopped supervisor supervises nothing."""
import os
import signal

parent = os.getppid()
for what, send in (("parent", lambda: os.kill(parent, signal.SIGSTOP)), ("its group", lambda: os.killpg(os.getpgid(parent), signal.SIGSTOP))):
    try:
        if parent == 0:
            raise ProcessLookupError(0, "parent is outside the namespace")
        send()
        print("ESCAPED: stopped", what)
    except OSError as error:
        print("blocked:", what, error.strerror)
