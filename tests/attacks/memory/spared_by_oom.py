# [attack]
# title = "Lowers its own out-of-memory score before eating"
# mode = "program"
# verdict = ["MEMORY_LIMIT"]
"""exec makes a process dumpable again, and then /proc/self/oom_score_adj may be its own: the agent must not die in its place."""
import os
import sys

if len(sys.argv) == 1:
    os.execv(sys.executable, [sys.executable, __file__, "again"])
for score in ("-1000", "-500", "0"):
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(score)
        break
    except OSError:
        continue
hoard = []
while True:
    hoard.append(bytearray(8 * 1024 * 1024))
