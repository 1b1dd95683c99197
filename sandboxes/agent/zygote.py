"""The subject zygote: a warm interpreter that subjects are forked from, and the only one who ends them all.

It is split off before the agent reads its first byte, so nothing of a run is ever in its memory: a subject could print
whatever its forebear has read, through `gc`. It is told numbers and handed descriptors; the files come to the subject in
a memory file that only the subject reads.
"""

import gc
import os
import resource
import select
import signal
import stat
import sys
import time

from . import confine, parcel, subject

# The real uid while the zygote acts as the subject: nobody's, so no subject may signal it, and it signals only subjects.
SWEEPER_UID = 65533
# How long a sweep may take to kill, and then to see the dead gone and their files removed.
SWEEP_SECONDS_MAX = 2.0
REMOVE_SECONDS_MAX = 5.0
WRITABLE = ("/work", "/tmp", "/dev/shm")


class Zygote:
    """Answers the agent's requests, one at a time."""

    def __init__(self, control, uid, parent_pid):
        self._control = control
        self._uid = uid
        self._parent_pid = parent_pid
        self._children = {}
        self._spare = None
        self._wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)

    def serve(self):
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            ready = {fd for fd, _event in poll.poll()}
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                self._reap()
            if self._control.fileno() in ready:
                message, fds = parcel.receive(self._control)
                if message is None:
                    os._exit(0)
                self._handle(message, fds)

    def _handle(self, message, fds):
        if message["op"] == "spawn":
            self._spawn(message, fds)
        elif message["op"] == "sweep":
            clean, survivors = self.sweep()
            parcel.send(self._control, {"op": "swept", "clean": clean, "survivors": survivors})

    def _spawn(self, message, fds):
        """Sends the spare off as this subject and makes the next spare while the subject works."""
        pid, link = self._spare
        self._children[pid] = message["id"]
        parcel.send(link, message, fds)
        link.close()
        for fd in fds:
            os.close(fd)
        parcel.send(self._control, {"op": "spawned", "id": message["id"], "pid": pid})
        self.make_spare()

    def make_spare(self):
        """Forks the next subject ahead of its use. Until it is sent off it is as trusted and as ignorant as the zygote,
        and no subject can reach it."""
        ours, theirs = parcel.pair()
        zygote_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
                    signal.signal(number, signal.SIG_DFL if number != signal.SIGPIPE else signal.SIG_IGN)
                ours.close()
                subject.live(theirs, self._uid, zygote_pid)
            finally:
                os._exit(subject.EXIT_BROKEN)
        theirs.close()
        self._spare = (pid, ours)

    def _reap(self):
        """Tells the agent of every subject that ended. Never waits."""
        for child in list(self._children):
            pid, status, usage = os.wait4(child, os.WNOHANG)
            if pid != 0:
                number = self._children.pop(pid)
                parcel.send(self._control, {
                    "op": "exited", "id": number, "pid": pid, "status": status, "maxrss_kib": usage.ru_maxrss,
                    "cpu_us": int((usage.ru_utime + usage.ru_stime) * 1e6)})

    def sweep(self):
        """Kills every process of the subject's uid, removes its files; (clean, survivors)."""
        for pid in self._children:
            # One that was only just sent off is not of the subject's uid yet, and would outlive the kill by uid. It is our
            # child and not reaped, so the pid is its own.
            os.kill(pid, signal.SIGKILL)
        self._act_as_subject()
        try:
            survivors = self._kill_all()
            deadline = time.monotonic() + REMOVE_SECONDS_MAX
            clean = survivors == 0 and all([remove_own(path, self._uid, deadline) for path in WRITABLE])
        finally:
            self._act_as_root()
        return clean, survivors

    def _kill_all(self):
        deadline = time.monotonic() + SWEEP_SECONDS_MAX
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._reap()
            survivors = max(len(self._children), count_alive(self._uid))
            if survivors == 0 or time.monotonic() > deadline:
                return survivors
            time.sleep(0.0005)

    def _act_as_subject(self):
        # The saved uid 0 keeps the way back. kill(-1) then reaches exactly the processes of the subject's uid.
        os.setresgid(-1, self._uid, -1)
        os.setresuid(SWEEPER_UID, self._uid, 0)

    def _act_as_root(self):
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        confine.hide()
        confine.die_with_parent(self._parent_pid)


def count_alive(uid):
    """Living processes of a uid. /proc's own file owner says nothing: processes that are not dumpable show root."""
    alive = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/status" % name, "rb") as file:
                content = file.read()
        except OSError:
            continue
        at = content.find(b"\nUid:\t")
        state = content.find(b"\nState:\t")
        if at < 0 or content[state + 8:state + 9] in (b"Z", b"X"):
            continue
        if int(content[at + 6:at + 20].split(b"\t")[0]) == uid:
            alive += 1
    return alive


def remove_own(path, uid, deadline):
    """Removes everything below a folder; True when nothing of the uid is left. Called when no process of the uid lives,
    so nothing changes underneath."""
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        return True
    clean = True
    for name in names:
        try:
            info = os.lstat(path + "/" + name)
            if info.st_uid != uid:
                continue
            if stat.S_ISDIR(info.st_mode):
                _remove_tree(path, name, deadline)
            else:
                os.unlink(path + "/" + name)
        except OSError:
            clean = False
    return clean


def _remove_tree(parent, name, deadline):
    """Removes a folder by walking down and up through descriptors, so no path gets long and no link is followed. Each
    folder is listed once. Not recursive in Python: a learner may nest folders deeper than the stack."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    # For the folder of `fd` and those above it: the folders in it that are still to be removed.
    pending = [[name]]
    fd = os.open(parent, flags)
    try:
        while pending:
            if time.monotonic() > deadline:
                raise TimeoutError
            if pending[-1]:
                folder = pending[-1][-1]
                os.chmod(folder, 0o700, dir_fd=fd)
                child = os.open(folder, flags, dir_fd=fd)
                os.close(fd)
                fd = child
                pending.append(_remove_entries(fd))
                continue
            pending.pop()
            if pending:
                above = os.open("..", flags, dir_fd=fd)
                os.close(fd)
                fd = above
                os.rmdir(pending[-1].pop(), dir_fd=fd)
    finally:
        os.close(fd)


def _remove_entries(fd):
    """Removes the files and the empty folders of a folder; the names of the other folders."""
    full = []
    with os.scandir(fd) as entries:
        listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in listed:
        if not is_folder:
            os.unlink(name, dir_fd=fd)
            continue
        try:
            os.rmdir(name, dir_fd=fd)
        except OSError:
            full.append(name)
    return full


def preload(names):
    """Imports what this runtime's subjects will want; a module that is missing is the image's fault and shows at once."""
    for name in names:
        __import__(name)


def baseline_kib():
    """The peak memory of a subject that does nothing, which is what a check's peak is measured above."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return os.wait4(pid, 0)[2].ru_maxrss


def main(control, uid, parent_pid, modules):
    """The zygote's whole life, in the process that was just forked for it."""
    preload(modules)
    subject.warm_up()
    confine.hide()
    confine.die_with_parent(parent_pid)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()
    # Here, so that every subject has it from its first instruction, and all share one watcher.
    listener = confine.filter_calls_and_listen()
    if listener is None:
        sys.stderr.write("this kernel does not tell of forbidden calls; it kills their callers\n")
    else:
        parcel.send(control, {"op": "listener"}, [listener])
        os.close(listener)
    zygote = Zygote(control, uid, parent_pid)
    zygote.make_spare()
    parcel.send(control, {"op": "warm", "baseline_kib": baseline_kib()})
    zygote.serve()
