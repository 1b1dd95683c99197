"""The only one who starts and ends subjects: forks them from the warm interpreter it is itself, waits for them, sweeps.

In a cell of one run the zygote keeps the subjects itself. In a reusable cell each run has a keeper of its own, a fork of
the zygote that is the first process of the run's namespaces and ends with them; see namespaces.py.
"""

import _signal
import os
import select
import signal
import time

from . import confine, parcel, removal, subject

# The real uid while the keeper acts as the subject: nobody's, so no subject may signal it, and it signals only subjects.
SWEEPER_UID = 65533
# How many subjects are forked ahead at once.
SPARES_MAX = 4
# How long a sweep may take to kill, and then to see the dead gone and their files removed.
SWEEP_SECONDS_MAX = 2.0
REMOVE_SECONDS_MAX = 5.0
AWAIT_DEATH_MS = 1


class Keeper:
    """Answers the agent's requests, one at a time."""

    def __init__(self, control, uid, parent_pid):
        self._control = control
        self._uid = uid
        self._parent_pid = parent_pid
        self._children = {}
        self._spares = []
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
        elif message["op"] == "kill":
            self._kill_children()
        elif message["op"] == "sweep":
            clean, survivors = self.sweep(message["files"])
            parcel.send(self._control, {"op": "swept", "clean": clean, "survivors": survivors})

    def _spawn(self, message, fds):
        """Sends a spare off as this subject and makes the next ones, if any will be wanted, while the subject works."""
        if not self._spares:
            self.make_spare()
        pid, link = self._spares.pop(0)
        self._children[pid] = message["id"]
        parcel.send(link, message, fds)
        link.close()
        for fd in fds:
            os.close(fd)
        if not self._spares:
            # Several in a row: after each fork every page that this process writes to costs it a fault.
            for _ in range(min(message["more"], SPARES_MAX)):
                self.make_spare()

    def make_spare(self):
        """Forks the next subject ahead of its use. Until it is sent off it is as trusted and as ignorant as the zygote,
        and no subject can reach it."""
        ours, theirs = parcel.pair()
        keeper_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                for number in (_signal.SIGCHLD, _signal.SIGTERM, _signal.SIGPIPE):
                    # Not by the module of signals, whose enums are a detour through pages that a subject had to copy.
                    _signal.signal(number, _signal.SIG_DFL if number != _signal.SIGPIPE else _signal.SIG_IGN)
                ours.close()
                for _pid, other in self._spares:
                    other.close()
                subject.live(theirs, self._uid, keeper_pid)
            finally:
                os._exit(subject.EXIT_BROKEN)
        theirs.close()
        self._spares.append((pid, ours))

    def _reap(self):
        """Tells the agent of every subject that ended, and of others in one sum: the first process of a namespace inherits
        all children that outlived their parents. Never waits."""
        others = None
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            cpu_us = int((usage.ru_utime + usage.ru_stime) * 1e6)
            number = self._children.pop(pid, None)
            if number is not None:
                parcel.send(self._control, {"op": "exited", "id": number, "status": status, "maxrss_kib": usage.ru_maxrss,
                                            "cpu_us": cpu_us})
            elif others is None:
                others = {"op": "orphans", "status": status, "maxrss_kib": usage.ru_maxrss, "cpu_us": cpu_us}
            else:
                others["cpu_us"] += cpu_us
                others["maxrss_kib"] = max(others["maxrss_kib"], usage.ru_maxrss)
                if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGSYS, signal.SIGXCPU):
                    others["status"] = status
        if others is not None:
            parcel.send(self._control, others)

    def _kill_children(self):
        for pid in self._children:
            # One that was only just sent off is not of the subject's uid yet, and would outlive the kill by uid. It is our
            # child and not reaped, so the pid is its own.
            os.kill(pid, signal.SIGKILL)

    def sweep(self, files):
        """Kills every process of the subject's uid, removes its files where wanted; (clean, survivors)."""
        self._kill_children()
        self._act_as_subject()
        try:
            survivors = self._kill_all()
            deadline = time.monotonic() + REMOVE_SECONDS_MAX
            clean = survivors == 0 and (not files or all(
                [removal.remove_own(path, self._uid, deadline) for path in removal.WRITABLE]))
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
            # /proc is searched once those are gone of whom we know.
            survivors = len(self._children) or removal.count_alive(self._uid)
            if survivors == 0 or time.monotonic() > deadline:
                return survivors
            self._await_death()

    def _await_death(self):
        """Until a child ends, which the next kill may have been needed for: not for long."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if poll.poll(AWAIT_DEATH_MS):
            os.read(self._wake_read, 4096)

    def _act_as_subject(self):
        # The saved uid 0 keeps the way back. kill(-1) then reaches exactly the processes of the subject's uid.
        os.setresgid(-1, self._uid, -1)
        os.setresuid(SWEEPER_UID, self._uid, 0)

    def _act_as_root(self):
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        confine.hide()
        confine.die_with_parent(self._parent_pid)
