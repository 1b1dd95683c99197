# [attack]
# title = "Stops itself and waits to be found"
# mode = "program"
# verdict = ["TIME_LIMIT", "RUNTIME_ERROR"]
"""A stopped program uses no CPU, so only the wall clock can end it."""
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
print("ESCAPED: somebody let the program go on")
