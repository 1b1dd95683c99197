# [attack]
# title = "Ends itself by the signal of the CPU limit"
# mode = "program"
# verdict = ["RUNTIME_ERROR", "TIME_LIMIT"]
"""Whoever sends it to himself has lost the run, but it must not look like our fault."""
import os
import signal

os.kill(os.getpid(), signal.SIGXCPU)
