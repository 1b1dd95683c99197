# [attack]
# title = "Changes out-of-memory scores"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Whoever has the highest score dies first, and that has to be the subject."""
import os
import subprocess
import sys

for pid in ["1", str(os.getppid()), *filter(str.isdigit, os.listdir("/proc"))]:
    for name, value in (("oom_score_adj", "1000"), ("oom_adj", "15")):
        if int(pid) == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/{name}", "w") as file:
                file.write(value)
            print("ESCAPED: score of", pid)
        except OSError as error:
            print("blocked:", pid, error.strerror)
LOWER = """
for value in ("-1000", "-1", "999"):
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(value)
    except OSError as error:
        print("blocked: own score", value, error.strerror)
now = int(open("/proc/self/oom_score_adj").read())
print("own score is", now)
if now < 0:
    print("ESCAPED: below the agent")
"""
print(subprocess.run([sys.executable, "-c", LOWER], capture_output=True, text=True).stdout)
