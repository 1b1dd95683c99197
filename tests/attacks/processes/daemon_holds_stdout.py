# [attack]
# title = "Leaves a daemon that keeps standard output open"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "parent done"
"""A run that waits for the end of its output waits for ever when a daemon holds the pipe."""
import os
import signal
import sys
import time

print("parent done")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(3)
        os.write(1, b"ESCAPED: the daemon still prints\n")
        time.sleep(600)
    os._exit(0)
