# [attack]
# title = "Forks a new eater whenever one is killed"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "TIME_LIMIT"]
"""The parent survives each kill of a child, and must not be able to go on for ever."""
import os

while True:
    child = os.fork()
    if child == 0:
        hoard = []
        while True:
            hoard.append(bytearray(8 * 1024 * 1024))
    os.waitpid(child, 0)
