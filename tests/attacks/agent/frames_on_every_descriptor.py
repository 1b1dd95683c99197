# [attack]
# title = "Writes frames on every descriptor"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""If one of the descriptors led to the worker, this run would count as perfect."""
import json
import os
import sys

frame = json.dumps({"type": "finished", "outcome": "COMPLETED", "exit_code": 0, "signal": None, "runtime_error": False, "survivors": 0, "clean": True}).encode()
framed = len(frame).to_bytes(4, "big") + frame
for fd in range(1024):
    try:
        os.write(fd, framed)
    except OSError:
        pass
sys.exit(3)
