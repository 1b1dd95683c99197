# [attack]
# title = "Lets the kernel send a signal in its name"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "sent by the kernel or not"
"""F_SETOWN and F_SETSIG make the kernel signal another process when a pipe has data."""
import fcntl
import os
import signal

F_SETSIG = 10
read, write = os.pipe()
for pid in (1, os.getppid()):
    try:
        fcntl.fcntl(read, fcntl.F_SETOWN, pid)
        fcntl.fcntl(read, F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write, b"x")
    except OSError as error:
        print("blocked:", error.strerror)
print("sent by the kernel or not, the agent lives if this run has a verdict")
