# [attack]
# title = "Kills its own process group"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""The learner's group must hold the learner's processes alone."""
import os
import signal

os.kill(0, signal.SIGKILL)
