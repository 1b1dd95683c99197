# [attack]
# title = "Looks for frames in the memory of its process"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing found"
"""Freed buffers keep their bytes, even when no object points to them any more."""
import ctypes

needles = [bytes(reversed(word)) for word in (b'":di_nur"', b'":deralced"', b'":sm_upc_egduj"')]
try:
    maps = open("/proc/self/maps").read().splitlines()
except OSError:
    maps = []
hits = 0
for line in maps:
    span, rights = line.split()[:2]
    if not rights.startswith("rw") or "[v" in line:
        continue
    start, end = (int(part, 16) for part in span.split("-"))
    block = ctypes.string_at(start, min(end - start, 64 * 1024 * 1024))
    hits += sum(block.count(needle) for needle in needles)
    del block
print("ESCAPED: %d traces of frames" % hits if hits else "nothing found")
