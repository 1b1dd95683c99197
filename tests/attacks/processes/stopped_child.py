# [attack]
# title = "Leaves a stopped process behind"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "parent done"
"""A stopped process answers no polite signal and is easily forgotten."""
import os
import signal

child = os.fork()
if child == 0:
    os.setsid()
    os.kill(os.getpid(), signal.SIGSTOP)
    print("ESCAPED: the stopped child went on")
    os._exit(0)
os.waitpid(child, os.WUNTRACED)
print("parent done")
