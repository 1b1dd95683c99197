# [attack]
# title = "Ends itself by the signal of an out-of-memory kill"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""Evidence of an out-of-memory kill is the kernel's counter, not the signal."""
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
