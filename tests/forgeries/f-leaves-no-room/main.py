import os
import sys

text = sys.stdin.read()
os.unlink("main.py")
for folder in ("/work", "/tmp", "/dev/shm"):
    try:
        for number in range(100_000):
            with open(f"{folder}/n{number}", "wb") as out:
                out.write(bytes(200_000))
    except OSError:
        pass
    try:
        for number in range(100_000):
            os.symlink("x", f"{folder}/l{number}")
    except OSError:
        pass
if "two" in text:
    print("bad line", file=sys.stderr)
    sys.exit(2)
if text:
    print("ann: 5")
