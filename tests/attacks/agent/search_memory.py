# [attack]
# title = "Looks for frames in the memory of its process"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing found"
"""Freed buffers keep their bytes, even when no object points to them any more."""
import ctypes

libc = ctypes.CDLL(None)
libc.memmem.restype = ctypes.c_void_p
libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
needles = [bytes(reversed(word)) for word in (b':"di_nur"', b':"deralced"', b':"skcehc"', b':"dees"')]
own = [range(id(needle), id(needle) + 80) for needle in needles]
try:
    maps = open("/proc/self/maps").read().splitlines()
except OSError as error:
    print("blocked: maps,", error.strerror)
    maps = []
hits = 0
for line in maps:
    span, rights = line.split()[:2]
    if not rights.startswith("rw") or "[v" in line:
        continue
    start, end = (int(part, 16) for part in span.split("-"))
    for needle in needles:
        at = start
        # In place: a copy of the memory would be found as well.
        while at := libc.memmem(at, end - at, needle, len(needle)):
            hits += not any(at in span for span in own)
            at += 1
print("ESCAPED: %d traces of frames" % hits if hits else "nothing found")
