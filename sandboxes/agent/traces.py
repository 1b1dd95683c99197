"""What a run could have left in the cell around its namespaces: nothing, or the cell takes no other run."""

import os

from . import census
from .removal import WRITABLE

# The cell holds this much more than before its first run at most; what grows has kept something of somebody.
GROWTH_KIB_MAX = 24 * 1024
LIMITS_WITHOUT_TRACE = ("limits", "oom_score_adj")


def _nice(pid):
    content = census.read("/proc/%d/stat" % pid)
    return content[content.rfind(b")") + 2:].split()[16:17]


class Traces:
    """Compares the cell with what it was like before its first run."""

    def __init__(self, uid, trusted_pids, memory_kib):
        self._uid = uid
        self._pids = set(trusted_pids)
        self._memory_kib = memory_kib
        self._before = self._look()

    def _look(self):
        looks = {"files": sorted(name for path in WRITABLE for name in _names(path)), "queues": _names("/dev/mqueue")}
        for name in ("shm", "sem", "msg"):
            looks["System V " + name] = census.read("/proc/sysvipc/" + name)
        keys = census.read("/proc/key-users").split(b"\n")
        looks["kernel keys"] = [line for line in keys if line.strip().startswith(b"%d:" % self._uid)]
        for pid in self._pids:
            looks["limits of %d" % pid] = [census.read("/proc/%d/%s" % (pid, name)) for name in LIMITS_WITHOUT_TRACE] + _nice(pid)
        return looks

    def found(self, memory_kib):
        """What differs, in words; empty when nothing does."""
        now = self._look()
        found = [name for name in now if now[name] != self._before[name]]
        others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in self._pids]
        if others:
            found.append("processes")
        if memory_kib is not None and self._memory_kib is not None and memory_kib - self._memory_kib > GROWTH_KIB_MAX:
            found.append("%d KiB of memory" % (memory_kib - self._memory_kib))
        return ", ".join(found)


def _names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []
