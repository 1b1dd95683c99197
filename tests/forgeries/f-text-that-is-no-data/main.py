import sys

text = sys.stdin.read()
if "--data" in sys.argv:
    print("{'ann': ")
    sys.exit(0)
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.exit(2)
if text:
    print("ann: 5")
