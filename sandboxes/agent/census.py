"""What the kernel says about the cell: processes of the subject's uid, their time, and the cgroup's memory counters.

Everything here is read from /proc and the cell's own read-only cgroup files, cgroup v1 and v2 alike, and nothing from
the subject.
"""

import os
import time

TICKS = os.sysconf("SC_CLK_TCK")
# More than any of the kernel's files that are read here.
FILE_BYTES = 65536
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def read(path):
    """What a file of the kernel's holds; nothing when it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, FILE_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _field(content, name):
    """A number of a "name value" file."""
    for line in content.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == name and value.strip().isdigit():
            return int(value)
    return None


class Sample:
    """One look at the processes of a uid."""

    __slots__ = ("processes", "tasks", "cpu_us")

    def __init__(self, processes, tasks, cpu_us):
        self.processes = processes
        self.tasks = tasks
        self.cpu_us = cpu_us


def look(uid, trusted):
    """Counts the living processes of the uid. `trusted` holds pids that are known to be others, to be passed over."""
    processes = tasks = ticks = 0
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in trusted:
            continue
        status = read("/proc/%s/status" % name)
        at = status.find(b"\nUid:\t")
        if at < 0 or int(status[at + 6:at + 20].split(b"\t")[0]) != uid:
            continue
        stat = read("/proc/%s/stat" % name)
        # The command's name may hold spaces and brackets; the fields start after the last bracket.
        fields = stat[stat.rfind(b")") + 2:].split()
        if len(fields) < 20 or fields[0] in (b"Z", b"X"):
            continue
        processes += 1
        tasks += int(fields[17])
        ticks += sum(int(fields[index]) for index in (11, 12, 13, 14))
    return Sample(processes, tasks, ticks * 1_000_000 // TICKS)


def process_cpu_us(pid):
    """CPU time of a process of ours, to the nanosecond for its only thread."""
    content = read("/proc/%d/schedstat" % pid).split()
    return int(content[0]) // 1000 if content else 0


def process_memory_kib(pid):
    """Anonymous memory of a process of ours."""
    content = read("/proc/%d/status" % pid)
    at = content.find(b"\nRssAnon:")
    return int(content[at + 9:at + 40].split()[0]) if at >= 0 else 0


class Cgroup:
    """The cell's counters. `kind` is "v1", "v2" or None when nothing can be read."""

    def __init__(self, root="/sys/fs/cgroup"):
        self._root = root
        if os.path.exists(root + "/memory.current"):
            self.kind = "v2"
        elif os.path.exists(root + "/memory/memory.usage_in_bytes"):
            self.kind = "v1"
        else:
            self.kind = None

    def charged_kib(self):
        """All memory that is charged, the cache of files too: never less than `memory_kib`, and cheap to read."""
        name = {"v1": "/memory/memory.usage_in_bytes", "v2": "/memory.current"}.get(self.kind)
        content = read(self._root + name).strip() if name else b""
        return int(content) // 1024 if content.isdigit() else None

    def memory_kib(self):
        """Memory in use that cannot simply be dropped: all that is charged (anonymous, tmpfs, sockets, inodes) but the
        cache of files. None when unknown."""
        if self.kind == "v2":
            used, folder, cache = read(self._root + "/memory.current"), "", b"file"
        elif self.kind == "v1":
            used, folder, cache = read(self._root + "/memory/memory.usage_in_bytes"), "/memory", b"cache"
        else:
            return None
        content = read(self._root + folder + "/memory.stat")
        cached = _field(content, cache)
        if not used.strip().isdigit() or cached is None:
            return None
        return (int(used) - cached + (_field(content, b"shmem") or 0)) // 1024

    def limit(self, controller):
        """The cell's own limit of `memory` (bytes) or `pids`; None when there is none or none can be read."""
        name = {("memory", "v1"): "/memory/memory.limit_in_bytes", ("memory", "v2"): "/memory.max",
                ("pids", "v1"): "/pids/pids.max", ("pids", "v2"): "/pids.max"}.get((controller, self.kind))
        content = read(self._root + name).strip() if name else b""
        return int(content) if content.isdigit() else None

    def tasks(self):
        """Processes and threads of the whole cell. None when unknown."""
        name = {"v1": "/pids/pids.current", "v2": "/pids.current"}.get(self.kind)
        content = read(self._root + name).strip() if name else b""
        return int(content) if content.isdigit() else None

    def oom_kills(self):
        """How often the kernel killed for memory in this cell. None when unknown."""
        if self.kind == "v2":
            return _field(read(self._root + "/memory.events"), b"oom_kill")
        if self.kind == "v1":
            return _field(read(self._root + "/memory/memory.oom_control"), b"oom_kill")
        return None

    def cpu_us(self):
        """CPU time of the whole cell. None when unknown."""
        if self.kind == "v2":
            return _field(read(self._root + "/cpu.stat"), b"usage_usec")
        content = read(self._root + "/cpuacct/cpuacct.usage") if self.kind else b""
        return int(content) // 1000 if content.strip().isdigit() else None


def monotonic_ms():
    return time.monotonic_ns() // 1_000_000
