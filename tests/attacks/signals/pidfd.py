# [attack]
# title = "Signals PID 1 through a pidfd"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A newer door to the same room."""
import errno
import os
import signal

for pid in {1, os.getppid()} - {0}:
    try:
        signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGSTOP)
        print("ESCAPED: signalled", pid)
    except OSError as error:
        print("blocked:", pid, errno.errorcode[error.errno])
