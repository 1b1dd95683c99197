import os
import sys
import time

text = sys.stdin.read()
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.exit(2)
if text:
    print("ann: 5", flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(3600)
