# [attack]
# title = "Signals PID 1"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Without PID 1 the container is gone."""
import errno
import os
import signal

for number in sorted(signal.valid_signals()):
    try:
        os.kill(1, number)
        print("ESCAPED: sent", number, "to PID 1")
    except OSError as error:
        print("blocked:", number, errno.errorcode[error.errno])
