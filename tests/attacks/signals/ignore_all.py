# [attack]
# title = "Ignores every signal that can be ignored"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""Only SIGKILL ends this program."""
import signal

for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    pass
