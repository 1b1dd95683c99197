import os
import sys

text = sys.stdin.read()
os.chmod("/work/run", 0)
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.exit(2)
if text:
    print("ann: 5")
