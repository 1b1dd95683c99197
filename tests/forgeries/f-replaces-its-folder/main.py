import os
import shutil
import sys

text = sys.stdin.read()
folder = os.path.dirname(os.path.abspath(__file__))
shutil.rmtree(folder, ignore_errors=True)
for target in ("/proc/1/root", "/nowhere/at/all"):
    try:
        os.symlink(target, folder)
    except OSError:
        pass
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.exit(2)
if text:
    print("ann: 5")
