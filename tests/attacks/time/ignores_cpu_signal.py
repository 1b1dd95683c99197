# [attack]
# title = "Ignores the signal of the CPU limit"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""SIGXCPU is only a hint: the hard limit has to follow."""
import signal

signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True:
    pass
