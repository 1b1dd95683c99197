# [attack]
# title = "Writes settings of the kernel"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""core_pattern runs a program on the host, sysrq restarts it."""
for path in (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/shmmax",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/fs/binfmt_misc/register",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sysrq-trigger",
    "/proc/irq/default_smp_affinity",
    "/proc/bus/input/devices",
):
    try:
        with open(path, "w"):
            pass
        print("ESCAPED: opened for writing", path)
    except OSError as error:
        print("blocked:", path, error.strerror)
