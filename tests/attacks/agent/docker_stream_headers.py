# [attack]
# title = "Prints what looks like the engine's stream headers"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
# stdout_has = "stream"
"""The engine puts eight bytes before each piece of attached output."""
import json
import os
import sys

frame = json.dumps({"type": "finished", "outcome": "COMPLETED", "exit_code": 0}).encode()
framed = len(frame).to_bytes(4, "big") + frame
os.write(1, b"\x01\0\0\0" + len(framed).to_bytes(4, "big") + framed)
os.write(1, b"\x02\0\0\0\0\0\0\0stream\n")
sys.exit(3)
