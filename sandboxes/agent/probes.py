"""Mode `probe`: a throw-away subject attempts what no subject may do, for the self-check of a cell.

Each attempt is made in a child of its own, because the right answer to some may be death by SIGSYS. A probe returns None
when the wall held, and else what went through.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import time

from . import seccomp, watch, wire

WRITABLE = ("/work", "/tmp", "/dev/shm")
ABSENT = ("/var/run/docker.sock", "/run/docker.sock", "/host")
# The kernel gave notice of the call to the agent, who answered it.
NOTICED = "noticed"
_libc = ctypes.CDLL(None, use_errno=True)


def report(wire_fd, pids_max, around):
    """Writes one packed dict to the wire: name to "ok" or to what is wrong. `around` names the agent's namespaces where this
    run should have its own."""
    results = {name: _in_child(probe) for name, probe in PROBES.items()}
    if around is not None:
        for kind, name in around.items():
            results["namespace_" + kind] = _in_child(lambda kind=kind, name=name: _own_namespace(kind, name))
        results.update({name: _in_child(probe) for name, probe in OF_A_RUN.items()})
    for name in seccomp.FORBIDDEN:
        results["call_" + name] = _in_child(lambda name=name: _forbidden_call(name), forbidden=True)
    for name in seccomp.REFUSED:
        results["call_" + name] = _in_child(lambda name=name: _refused_call(name))
    for name, family, kind in (("packet", 17, 3), ("vsock", 40, 1), ("raw", 2, 3)):
        results["socket_" + name] = _in_child(lambda family=family, kind=kind: _socket(family, kind), forbidden=True)
    results["namespace_by_clone"] = _in_child(_clone, forbidden=True)
    results["pids"] = _in_child(lambda: _pids(pids_max))
    data = wire.pack(wire.encode({name: value or "ok" for name, value in results.items()}))
    while data:
        data = data[os.write(wire_fd, data):]


def _in_child(probe, forbidden=False):
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        try:
            told = probe() or ""
        except BaseException as error:
            told = NOTICED if getattr(error, "errno", None) == watch.TOLD else "%s: %s" % (type(error).__name__, error)
        os.write(write_end, told.encode()[:500])
        os._exit(0)
    os.close(write_end)
    told = os.read(read_end, 500).decode("utf-8", "replace")
    os.close(read_end)
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS
    if forbidden:
        return None if killed or told == NOTICED else "not told of: %s" % told
    return "killed by the filter" if killed else told


def _denied(action, *args):
    """None when the action fails with an OSError."""
    try:
        action(*args)
    except OSError:
        return None
    return "%s%r was allowed" % (getattr(action, "__name__", "action"), args)


def _others():
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (os.getpid(), os.getppid())]


def _numbers(name):
    column = 0 if platform.machine() == "x86_64" else 1
    return {**seccomp.FORBIDDEN, **seccomp.REFUSED}[name][column]


def _said(answer):
    number = ctypes.get_errno()
    return "it went through" if answer >= 0 else NOTICED if number == watch.TOLD else "errno %d" % number


def _forbidden_call(name):
    number = _numbers(name)
    return NOTICED if number is None else _said(_libc.syscall(number, 0, 0, 0, 0, 0, 0))


def _refused_call(name):
    ctypes.set_errno(0)
    result = _libc.syscall(_numbers(name), 0, 0, 0, 0, 0, 0)
    wanted = seccomp.REFUSED[name][2]
    return None if result == -1 and ctypes.get_errno() in (wanted, errno.EPERM) else "errno %d" % ctypes.get_errno()


def _clone():
    flags = 0x10000000 | signal.SIGCHLD
    return _said(_libc.syscall(seccomp.CLONE[0 if platform.machine() == "x86_64" else 1], flags, 0, 0, 0, 0))


def _socket(family, kind):
    socket.socket(family, kind)
    return "opened"


def _network():
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as sock:
                sock.settimeout(1)
                told = _denied(sock.connect, (address, 53))
                if told:
                    return told
    interfaces = [name for name in os.listdir("/sys/class/net") if name != "lo"]
    return "an interface beside lo: %s" % interfaces if interfaces else None


def _read_only():
    folders = ("/", "/etc", "/usr", "/opt", "/opt/weak-to-strong", "/var", "/dev", "/run", "/home", "/proc/sys")
    return next(filter(None, (_denied(open, folder + "/probe", "w") for folder in folders)), None)


def _processes_unreadable():
    for pid in _others():
        for name in ("mem", "environ", "maps", "fd/0", "root/etc/passwd"):
            try:
                with open("/proc/%s/%s" % (pid, name), "rb") as file:
                    file.read(1)
            except OSError:
                continue
            return "/proc/%s/%s was readable" % (pid, name)
    return None


def _processes_unsignalled():
    return next(filter(None, (_denied(os.kill, int(pid), 0) for pid in _others())), None)


def _uid_fixed():
    for uid in (0, os.getuid() + 1, os.getuid() - 1):
        told = _denied(os.setuid, uid) or _denied(os.setgid, uid) or _denied(os.setgroups, [uid])
        if told:
            return told
    return None


def _status_flags():
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    wrong = [name for name in ("CapInh", "CapPrm", "CapEff", "CapAmb") if int(status[name], 16)]
    wrong += [name for name, value in (("NoNewPrivs", "1"), ("Seccomp", "2")) if status[name] != value]
    return "wrong in status: %s" % wrong if wrong else None


def _limits():
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
        return "core files are not off"
    for which in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_DATA,
                  resource.RLIMIT_NOFILE, resource.RLIMIT_MSGQUEUE):
        soft, hard = resource.getrlimit(which)
        if resource.RLIM_INFINITY in (soft, hard):
            return "limit %d is open" % which
    return None


def _judge_unseen():
    return _denied(os.listdir, "/tmp/judge") or _denied(os.rename, "/tmp/judge", "/tmp/other")


def _small_writable():
    with open("/proc/self/mounts") as file:
        mounts = {line.split()[1]: line.split() for line in file}
    for path in WRITABLE:
        if path not in mounts or mounts[path][2] != "tmpfs":
            return "%s is not a tmpfs" % path
        options = mounts[path][3].split(",")
        info = os.statvfs(path)
        if "nosuid" not in options or "nodev" not in options:
            return "%s lacks nosuid or nodev" % path
        if not info.f_blocks or info.f_blocks * info.f_frsize > 64 << 20 or not 0 < info.f_files <= 8192:
            return "%s has no small size and inode cap" % path
    return None


def _message_queues():
    for name in ("/dev/mqueue/probe", "/dev/mqueue/" + "q" * 100):
        told = _denied(os.open, name, os.O_CREAT | os.O_RDWR, 0o600)
        if told:
            return told
    return None


def _nothing_shared():
    return next(("%s exists" % path for path in ABSENT if os.path.exists(path)), None)


def _descriptors():
    found = []
    for fd in range(3, 256):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    # The wire, and the pipe of this probe.
    return "open descriptors: %s" % found if len(found) > 2 else None


def _pids(pids_max):
    made = 0
    try:
        while made <= pids_max:
            if os.fork() == 0:
                time.sleep(3)
                os._exit(0)
            made += 1
    except OSError:
        return None
    return "%d processes at once" % made


def _own_namespace(kind, around):
    return "the cell's own" if os.readlink("/proc/self/ns/" + kind) == around else None


def _root_is_nobody():
    """No user of the run is the machine's root, or anybody else than the users that the cell was given."""
    with open("/proc/self/uid_map") as file:
        outside = [int(line.split()[1]) for line in file]
    return None if len(outside) == 3 and 0 not in outside else "mapped to %s" % outside


def _others_unseen():
    """The run's first process is there, and a subject sees nobody but itself and its own."""
    strangers = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (os.getpid(), os.getppid())]
    return "processes of others: %s" % strangers if strangers else None


def _little_proc():
    kept = [name for name in ("sys", "kcore", "keys", "kallsyms", "sysrq-trigger", "bus", "mounts") if os.path.lexists("/proc/" + name)]
    return "/proc has %s" % kept if kept else None


def _loopback_only():
    with socket.socket() as listener, socket.socket() as caller:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        caller.settimeout(1)
        caller.connect(listener.getsockname())
    with open("/proc/self/net/dev") as file:
        names = [line.split(":")[0].strip() for line in file if ":" in line]
    return None if names == ["lo"] else "interfaces: %s" % names


def _nothing_from_before():
    found = [path + "/" + name for path in WRITABLE + ("/dev/mqueue",) for name in os.listdir(path) if name != "run"]
    return "left from before: %s" % found if found else None


PROBES = {
    "network": _network, "read_only_root": _read_only, "processes_unreadable": _processes_unreadable,
    "processes_unsignalled": _processes_unsignalled, "uid_fixed": _uid_fixed, "status_flags": _status_flags,
    "limits": _limits, "judge_unseen": _judge_unseen, "small_writable": _small_writable,
    "nothing_shared": _nothing_shared, "message_queues": _message_queues,
    "descriptors": _descriptors,
}
# What a run in namespaces of its own has on top.
OF_A_RUN = {
    "root_is_nobody": _root_is_nobody, "others_unseen": _others_unseen, "little_proc": _little_proc,
    "loopback_only": _loopback_only, "nothing_from_before": _nothing_from_before,
}
