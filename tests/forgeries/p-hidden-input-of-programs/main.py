import os
import sys

text = sys.stdin.read()
for place in ("/tmp/kept", "kept", "/dev/shm/kept"):
    try:
        with open(place, "a+") as file:
            file.write(text)
            file.seek(0)
            print(file.read(), file=sys.stderr)
    except OSError:
        pass
print(text, sys.argv, file=sys.stderr)
if os.fork() == 0:
    os.setsid()
    while True:
        print(text, flush=True)
sys.exit(text)
