# [attack]
# title = "Searches its memory for what an earlier run left in it"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""A process that is forked from another holds all that the other ever read; a page that is not cleared holds somebody's data."""
import ctypes
import os
import re

needle = bytes(byte ^ 1 for byte in b"mdgu,cx,`o,`uu`bj;") + b"[0-9a-f]{32}"
found = 0
with open("/proc/self/maps") as maps:
    places = [line.split() for line in maps]
for span, rights, *_rest, name in places:
    # Memory of its own, and the heap; nobody asked for more than it reads here.
    if rights[:2] == "rw" and (len(_rest) < 4 and name == "0" or name == "[heap]"):
        start, end = (int(part, 16) for part in span.split("-"))
        found += len(re.findall(needle, ctypes.string_at(start, min(end - start, 16 << 20))))
print("ESCAPED: found it %d times" % found if found else "first here", flush=True)
kept = [needle[:18] + os.urandom(16).hex().encode() for _ in range(20_000)]
