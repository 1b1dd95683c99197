# [attack]
# title = "Leaves with the exit code that supervisors keep for themselves"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""125 is what docker, timeout and many agents say when the fault is their own."""
import os

os._exit(125)
