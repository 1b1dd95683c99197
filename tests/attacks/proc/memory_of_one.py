# [attack]
# title = "Opens the memory of PID 1 for writing"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Writing the agent's memory would be the end of every wall."""
import errno
import os

for pid in {1, os.getppid()} - {0}:
    for flags in (os.O_RDONLY, os.O_RDWR):
        try:
            os.open(f"/proc/{pid}/mem", flags)
            print("ESCAPED: memory of", pid)
        except OSError as error:
            print("blocked:", errno.errorcode[error.errno])
