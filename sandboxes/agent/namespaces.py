"""The namespaces of a reusable cell: one user namespace around agent and zygote, and a full set of its own for each run.

No capability of the container itself is needed for this, and the container's root is given up on the way: the agent goes on
as the root of a user namespace in which nobody is a user that owns anything outside (`enter_outer`). Each run then gets user,
pid, mount, IPC, network, UTS and cgroup namespaces below that, with its own tmpfs and a /proc that shows its own processes and
nothing else (`Run`).
"""

import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct

from . import confine
from .keeper import SWEEPER_UID
from .removal import WRITABLE

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
OF_A_RUN = NEWUSER | NEWPID | NEWNS | NEWIPC | NEWNET | NEWUTS | NEWCGROUP
OF_A_JUDGE = NEWUSER | NEWPID | NEWNS | NEWIPC
# What the roots of the outer namespace, of a run and of a judge are outside: users that own nothing.
OUTER_ROOT, RUN_ROOT = 65530, 65531
# The group that sees all processes in a run's /proc: the keeper's, while it acts as the subject.
SEEING_GID = SWEEPER_UID
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SYS_CLONE = 56 if platform.machine() == "x86_64" else 220
KINDS = ("user", "pid", "mnt", "ipc", "net", "uts", "cgroup")

# Not released while it runs: the child must find the interpreter's lock where the parent had it.
_python = ctypes.PyDLL(None, use_errno=True)
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))
    return result


def fork_into(flags):
    """fork(2) whose child starts in new namespaces, as the first process where there is a new pid namespace."""
    _python.PyOS_BeforeFork()
    pid = _python.syscall(SYS_CLONE, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, "clone: " + os.strerror(number))
    return pid


def write_maps(pid, pairs):
    """uid and gid maps alike: (inside, outside) for each id."""
    lines = "\n".join("%d %d 1" % pair for pair in pairs)
    for name in ("uid_map", "gid_map"):
        with open("/proc/%d/%s" % (pid, name), "w") as file:
            file.write(lines)


def _become_root():
    os.setresgid(0, 0, 0)
    os.setgroups([])
    os.setresuid(0, 0, 0)


def enter_outer(subject_uid, judge_uid):
    """Takes this process, alone and the cell's first, into a user namespace of its own. Another process of the container's
    root writes the maps, which nobody inside may, and is gone afterwards: no capability in the container is left."""
    go_read, go_write = os.pipe()
    first = os.getpid()
    helper = os.fork()
    if helper == 0:
        code = 1
        try:
            os.close(go_write)
            if os.read(go_read, 1):
                same = (RUN_ROOT, SWEEPER_UID, subject_uid, judge_uid)
                write_maps(first, [(0, OUTER_ROOT)] + [(uid, uid) for uid in same])
                code = 0
        finally:
            os._exit(code)
    os.close(go_read)
    try:
        _checked(_libc.unshare(NEWUSER), "unshare")
        os.write(go_write, b"!")
    finally:
        os.close(go_write)
        status = os.waitpid(helper, 0)[1]
    if status != 0:
        raise OSError("the user namespace could not be mapped")
    _become_root()
    confine.keep_capabilities()


def mount(source, target, kind, flags, options=""):
    _checked(_libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), "mount %s" % target)


def sizes():
    """Of the cell's own writable places, which a run's copies are to have."""
    places = []
    for path in WRITABLE:
        info = os.statvfs(path)
        places.append((path, "size=%d,nr_inodes=%d,mode=1777" % (info.f_blocks * info.f_frsize, info.f_files)))
    return places


def furnish(places):
    """Makes the mounts of a run, in its namespaces. What is mounted below them can neither be seen nor be uncovered."""
    for path, options in places:
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options)
    # The engine's own is of the cell's IPC namespace, where queues would outlive the run.
    mount("tmpfs", "/dev/mqueue", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=2,mode=555")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=invisible,gid=%d" % SEEING_GID)


def fork_judge(uid):
    """A fork into the namespaces of a judge, where its user is the only one there is. Returns as fork does."""
    go_read, go_write = os.pipe2(os.O_CLOEXEC)
    # Whoever has the same uid could look; nobody else lives.
    confine.hide(False)
    try:
        pid = fork_into(OF_A_JUDGE)
        if pid == 0:
            os.close(go_write)
            if not os.read(go_read, 1):
                os._exit(1)
        else:
            with open("/proc/%d/setgroups" % pid, "w") as file:
                file.write("deny")
            write_maps(pid, [(uid, uid)])
            os.write(go_write, b"!")
            os.close(go_write)
    finally:
        confine.hide()
    os.close(go_read)
    return pid


def furnish_judge(folder):
    """A place for the checks that is new, nothing else to write to, and no capability to change that."""
    confine.die_with_parent(0)
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,nr_inodes=2048,mode=700")
    for path in ("/work", "/dev/shm", "/dev/mqueue"):
        mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=2,mode=555")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=invisible")
    confine.keep_capabilities(0)
    os.mkdir(folder, 0o700)


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        request = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0))
        flags = struct.unpack_from("h", request, 16)[0]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def settle_as_first(go_read, places):
    """What the first process of a run's namespaces does before it trusts anybody else with them."""
    if not os.read(go_read, 1):
        os._exit(1)
    os.close(go_read)
    _become_root()
    os.setgroups([SEEING_GID])
    raise_loopback()
    furnish(places)
    confine.keep_capabilities()
    confine.hide()


def maps_of_a_run(subject_uid):
    return [(0, RUN_ROOT), (subject_uid, subject_uid), (SWEEPER_UID, SWEEPER_UID)]


def identities(pid="self"):
    """The names that the kernel gives to the namespaces of a process."""
    return {kind: os.readlink("/proc/%s/ns/%s" % (pid, kind)) for kind in KINDS}
