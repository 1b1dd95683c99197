# [attack]
# title = "Leaves lowered limits, priorities and masks for the next run"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""What a process inherits comes from whoever starts it, and never from who ran before."""
import os
import resource
import signal

found = []
limits = {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")}
if limits["RLIMIT_NOFILE"][0] <= 40 or limits["RLIMIT_AS"][0] == 1 << 40:
    found.append("limits")
if os.nice(0) >= 19:
    found.append("nice")
if os.umask(0o022) == 0o077:
    found.append("umask")
if signal.pthread_sigmask(signal.SIG_BLOCK, []) or signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN:
    found.append("signals")
if os.sched_getaffinity(0) == {0} and os.cpu_count() != 1:
    found.append("affinity")
print("ESCAPED: found %s" % found if found else "first here", flush=True)
os.umask(0o077)
os.nice(19)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
for target in (0, os.getppid(), 1):
    for what, values in (("RLIMIT_NOFILE", (40, 40)), ("RLIMIT_AS", (1 << 40, 1 << 40))):
        try:
            resource.prlimit(target, getattr(resource, what), values)
        except (OSError, ValueError):
            pass
    for act in (lambda: os.setpriority(os.PRIO_PROCESS, target, 19), lambda: os.sched_setaffinity(target, {0})):
        try:
            act()
        except OSError:
            pass
