"""How a process of the cell gives up its rights: uid, limits, flags and the system call filter."""

import ctypes
import os
import platform
import resource
import signal

from . import seccomp

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION = 0x20080522
# SETUID, SETGID and KILL.
KEPT_CAPABILITIES = 0xE0
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER = 1, 8

NOFILE_MAX = 256
STACK_BYTES = 8 * 1024 * 1024
# What the interpreter and its C heap need on top of the learner's own memory.
DATA_SLACK_BYTES = 24 * 1024 * 1024

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _program(forbidden):
    content = seccomp.assemble(forbidden=forbidden)
    buffer = ctypes.create_string_buffer(content, len(content))
    return buffer, _FilterProgram(len(content) // 8, ctypes.addressof(buffer))


_killing, _telling = _program(seccomp.KILL_PROCESS), _program(seccomp.NOTIFY)


def prctl(option, value):
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl %d" % option)


def hide(hidden=True):
    """Not dumpable: no other process of this uid reads our memory, environment or descriptors. Nor does it write its own
    files in /proc, so a root that is root of its user namespace only shows itself for as long as that takes."""
    prctl(PR_SET_DUMPABLE, 0 if hidden else 1)


def die_with_parent(parent_pid):
    """Asks to be killed when the parent dies. Setting a uid clears this, so it comes after; the parent may be gone by now.
    A parent in another pid namespace is number 0."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def keep_capabilities(kept=KEPT_CAPABILITIES):
    """Gives up all capabilities of this namespace's root but those to become other users and to kill them."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    if _libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def become(uid):
    """Takes the uid for good; the capabilities go with uid 0."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def filter_calls():
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(_killing[1]), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def filter_calls_and_listen():
    """The same filter for this process and all its children, and a descriptor by which the kernel tells of forbidden calls;
    None where the kernel cannot tell and kills the caller instead."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    number = seccomp.REFUSED["seccomp"][0 if platform.machine() == "x86_64" else 1]
    listener = _libc.syscall(number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, ctypes.byref(_telling[1]))
    if listener < 0:
        filter_calls()
        return None
    os.set_inheritable(listener, False)
    return listener


def limit(which, soft, hard=None):
    """Lowers a limit; a container that already allows less keeps less."""
    ceiling = resource.getrlimit(which)[1]
    hard = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def prepare_subject(parent_pid):
    """What a subject-to-be does while it is still root: its own session, first in line for the kernel's out-of-memory
    killer, and less weight than the trusted processes, which stay able to act beside a fork bomb."""
    die_with_parent(parent_pid)
    os.setsid()
    hide(False)
    fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    os.write(fd, b"1000")
    os.close(fd)
    hide()
    os.nice(10)


def confine_subject(uid, parent_pid, limits):
    """Turns a prepared fork of the zygote, whose filter it has, into a subject. The order matters: a uid change resets the
    flags set after it."""
    cpu_seconds = limits["cpu_ms"] // 1000 + 2
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, NOFILE_MAX)
    limit(resource.RLIMIT_NPROC, limits["pids"])
    limit(resource.RLIMIT_FSIZE, limits["file_mib"] * 1024 * 1024)
    limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    limit(resource.RLIMIT_DATA, limits["memory_mib"] * 1024 * 1024 + DATA_SLACK_BYTES)
    limit(resource.RLIMIT_STACK, STACK_BYTES)
    limit(resource.RLIMIT_MEMLOCK, 64 * 1024)
    # /dev/mqueue makes a queue for a mere open(), which would outlive the subject and carry news to the next one.
    limit(resource.RLIMIT_MSGQUEUE, 0)
    # Only the cell's pid 1 and this zygote have more rights than the subject; both are another uid.
    become(uid)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    hide()
    die_with_parent(parent_pid)
    os.umask(0o022)


def confine_judge(uid, parent_pid):
    """The judge template's rights: its own uid, and what a check author may use up is set for each judge."""
    become(uid)
    limit(resource.RLIMIT_CORE, 0)
    hide()
    die_with_parent(parent_pid)
    os.umask(0o077)


def limit_judge(cpu_ms, memory_mib):
    """The judge's own caps: a value that a learner made must not be able to hold the cell up."""
    seconds = max(1, -(-cpu_ms // 1000))
    limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    limit(resource.RLIMIT_DATA, memory_mib * 1024 * 1024)
    limit(resource.RLIMIT_NPROC, 8)
    limit(resource.RLIMIT_FSIZE, 0)
    filter_calls()
