# [attack]
# title = "Writes to the agent's standard output"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""That is the pipe to the worker."""
import errno
import os

for path in ("/proc/1/fd/1", "/proc/1/fd/2", f"/proc/{os.getppid()}/fd/1"):
    try:
        os.open(path, os.O_WRONLY)
        print("ESCAPED: opened", path)
    except OSError as error:
        print("blocked:", path, errno.errorcode[error.errno])
