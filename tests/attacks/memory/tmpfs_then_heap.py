# [attack]
# title = "Fills the writable folder and then its heap"
# mode = "program"
# verdict = ["MEMORY_LIMIT"]
"""Files on a tmpfs are memory: together with the heap they once killed the agent."""
import os

try:
    with open("filler", "wb", buffering=0) as out:
        while True:
            out.write(bytes(1024 * 1024))
except OSError:
    pass
for number in range(64):
    try:
        with open(f"/dev/shm/filler{number}", "wb", buffering=0) as out:
            while True:
                out.write(bytes(1024 * 1024))
    except OSError:
        pass
hoard = []
while True:
    hoard.append(bytearray(8 * 1024 * 1024))
