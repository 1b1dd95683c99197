# [attack]
# title = "Many small processes that lower their out-of-memory score together"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "RUNTIME_ERROR", "TIME_LIMIT", "FORBIDDEN"]
"""When each of them is smaller than the agent and no easier to kill, the kernel might choose the agent."""
import os
import sys
import time

if len(sys.argv) == 1:
    for _ in range(50):
        try:
            if os.fork() == 0:
                os.execv(sys.executable, [sys.executable, "-S", __file__, "again"])
        except OSError:
            break
    time.sleep(8)
    sys.exit(3)
for score in range(-1000, 1000, 50):
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(score))
        break
    except OSError:
        continue
hoard = []
for _ in range(16):
    hoard.append(bytearray(1024 * 1024))
    time.sleep(0.1)
time.sleep(5)
