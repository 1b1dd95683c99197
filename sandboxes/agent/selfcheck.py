"""The self-check of a cell that was started with --self-check: what the worker reads before it dares to run anything.

Every forbidden thing is attempted from inside a throw-away subject, and the agent looks whether the limits it leans on
are there. Ordinary cells skip this, so that it costs no learner anything.
"""

import os
import select
import socket
import struct
import time

from . import namespaces, parcel, wire
from .run import DEFAULT_LIMITS

SECONDS_MAX = 15


def run(cell):
    """name to "ok" or to what is wrong, for the `ready` frame."""
    results = _agent_side(cell)
    results.update(_subject_side(cell))
    return results


def _agent_side(cell):
    cgroup = cell.cgroup
    results = {
        "cgroup": "ok" if cgroup.kind else "no cgroup files are visible",
        "memory_counter": _readable(cgroup.memory_kib()), "oom_counter": _readable(cgroup.oom_kills()),
        "cpu_counter": _readable(cgroup.cpu_us()),
        "memory_limit": _limited(cgroup.limit("memory")), "pids_limit": _limited(cgroup.limit("pids")),
        "pid_1": "ok" if os.getpid() == 1 else "the agent is not the cell's first process",
    }
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    # SETUID, SETGID and KILL, and nothing else: bits 5 to 7.
    results["agent_capabilities"] = "ok" if int(status["CapEff"], 16) == 0xE0 else "CapEff is " + status["CapEff"]
    results["agent_no_new_privileges"] = "ok" if status["NoNewPrivs"] == "1" else "off"
    with open("/proc/self/uid_map") as file:
        outside = [int(line.split()[1]) for line in file]
    results["agent_root"] = "ok" if not cell.reusable or 0 not in outside else "the agent is the machine's root"
    results["container_seccomp"] = "ok" if status["Seccomp"] == "2" else "off"
    return results


def _readable(value):
    return "ok" if value is not None else "cannot be read"


def _limited(value):
    return "ok" if value is not None and value < 1 << 40 else "is not set: %s" % value


def _subject_side(cell):
    ours, theirs = socket.socketpair()
    boot = parcel.memory_file({"files": [], "language": cell.language})
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    if cell.notices is not None:
        cell.notices.answering = True
    around = namespaces.identities() if cell.reusable else None
    cell.spawn({"mode": "probe", "limits": DEFAULT_LIMITS, "more": 0, "around": around}, [boot, null, null, null, theirs.fileno()])
    theirs.close()
    os.close(boot)
    os.close(null)
    data = _read_all(ours)
    ours.close()
    results = _decoded(data)
    if cell.notices is not None:
        cell.notices.answering = False
        cell.notices.forget()
    cell.sweep()
    while True:
        message, _fds = parcel.receive(cell.keeper)
        if message is None or message["op"] == "swept":
            break
    swept = message is not None and message["clean"] and not message["survivors"]
    results["sweep"] = "ok" if swept else "processes or files of the probe are left: %s" % message
    return results


def _read_all(sock):
    data = bytearray()
    deadline = time.monotonic() + SECONDS_MAX
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    while poll.poll(max(0, deadline - time.monotonic()) * 1000):
        part = sock.recv(65536)
        if not part:
            break
        data += part
        if len(data) >= 4 and len(data) >= 4 + struct.unpack_from(">I", data)[0]:
            break
    return bytes(data)


def _decoded(data):
    try:
        results = wire.decode(data[4:])
    except wire.WireError:
        results = None
    return results if isinstance(results, dict) and results else {"probe": "the probing subject gave no answer"}
