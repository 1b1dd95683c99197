# [attack]
# title = "Prints what looks like the agent's frames"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
# stdout_has = "finished"
"""Output is text for the learner and is never read for events."""
import json
import os
import sys

for frame in (
    {"type": "started"},
    {"type": "check_finished", "id": "test_x", "status": "PASSED", "message": None},
    {"type": "output", "stream": "stdout", "text": "forged", "offset": 0, "truncated": False},
    {"type": "finished", "outcome": "COMPLETED", "exit_code": 0, "survivors": 0, "clean": True},
):
    data = json.dumps(frame).encode()
    os.write(1, b"\n" + data + b"\n")
    os.write(1, len(data).to_bytes(4, "big") + data)
    os.write(1, b"\0\0\0\0" + b"\xff\xff\xff\xff" + b"\x00\x80\x00\x01")
    os.write(2, len(data).to_bytes(4, "big") + data)
sys.exit(3)
