# [attack]
# title = "Leaves by way of os._exit in an exit handler"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""The exit code comes from the kernel and from nobody else."""
import atexit
import os
import threading

atexit.register(os._exit, 7)
threading.Thread(target=lambda: None).start()
raise SystemExit(0)
