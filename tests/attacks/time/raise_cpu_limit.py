# [attack]
# title = "Raises its CPU limit and priority"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Limits and priorities may only go down."""
import os
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
if hard == resource.RLIM_INFINITY:
    print("ESCAPED: no CPU limit")
try:
    resource.setrlimit(resource.RLIMIT_CPU, (hard + 3600, hard + 3600))
    print("ESCAPED: CPU limit raised")
except (ValueError, OSError):
    print("blocked: CPU limit")
try:
    os.nice(-10)
    print("ESCAPED: higher priority")
except OSError:
    print("blocked: nice")
for name in ("SCHED_FIFO", "SCHED_RR"):
    try:
        os.sched_setscheduler(0, getattr(os, name), os.sched_param(1))
        print("ESCAPED:", name)
    except OSError:
        print("blocked:", name)
