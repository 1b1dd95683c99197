import atexit
import os
import sys

text = sys.stdin.read()
atexit.register(os._exit, 0)
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.stderr.flush()
    os._exit(2)
if text:
    print("ann: 5")
