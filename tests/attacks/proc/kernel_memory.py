# [attack]
# title = "Reads kernel memory and logs"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Kernel memory holds everything that anybody on the host has typed."""
import os

for path in ("/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/proc/vmallocinfo", "/proc/kpagemap", "/proc/slabinfo", "/proc/timer_list", "/proc/keys", "/proc/sched_debug", "/sys/kernel/debug/sched", "/sys/firmware/dmi/tables/DMI"):
    try:
        with open(path, "rb") as file:
            shown = file.read(64)
        print("ESCAPED: %s %r" % (path, shown) if shown else f"blocked: {path} is empty")
    except OSError as error:
        print("blocked:", path, error.strerror)
address = 0
if os.path.exists("/proc/kallsyms"):
    with open("/proc/kallsyms") as file:
        address = int(file.readline().split()[0], 16)
print("ESCAPED: address of a kernel symbol" if address else "blocked: addresses are hidden")
