# [attack]
# title = "Starts as many sleeping processes as it is allowed"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
"""The limit of 64 must hold even for processes that do nothing."""
import errno
import os
import signal
import time

children = []
try:
    while len(children) < 200:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
    print("ESCAPED:", len(children), "processes at once")
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
