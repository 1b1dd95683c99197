# [attack]
# title = "Replaces its own files by named pipes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "piped"
"""Opening a named pipe waits for its other end for ever."""
import os

for name in os.listdir("."):
    try:
        os.unlink(name)
    except OSError:
        continue
for name in ("main.py", "stdin", "stdout", "result.json", "output"):
    try:
        os.mkfifo(name, 0o666)
        print("piped", name)
    except OSError as error:
        print("not piped:", name, error.strerror)
