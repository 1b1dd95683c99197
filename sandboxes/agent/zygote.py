"""The subject zygote: a warm interpreter that subjects, or the keepers of runs, are forked from.

It is split off before the agent reads its first byte, so nothing of a run is ever in its memory: a subject could print
whatever its forebear has read, through `gc`. It is told numbers and handed descriptors; the files come to the subject in
a memory file that only the subject reads.
"""

import gc
import os
import resource
import select
import signal
import sys

from . import confine, namespaces, parcel, subject
from .keeper import Keeper


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


def keep(control, uid, parent_pid):
    """Filters this process and so all its children, tells the agent by what it hears of forbidden calls, and keeps subjects."""
    # Here, so that every subject has it from its first instruction, and all share one watcher.
    listener = confine.filter_calls_and_listen()
    if listener is None:
        sys.stderr.write("this kernel does not tell of forbidden calls; it kills their callers\n")
    else:
        parcel.send(control, {"op": "listener"}, [listener])
        os.close(listener)
    keeper = Keeper(control, uid, parent_pid)
    keeper.make_spare()
    parcel.send(control, {"op": "kept"})
    keeper.serve()


class Preparer:
    """The zygote of a reusable cell: makes the namespaces of each run, with a keeper in them, and ends them."""

    def __init__(self, control, uid):
        self._control = control
        self._uid = uid
        self._places = namespaces.sizes()
        self._keeper_pid = None
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

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
                message, _fds = parcel.receive(self._control)
                if message is None:
                    os._exit(0)
                if message["op"] == "prepare":
                    self._prepare()
                elif message["op"] == "end" and self._keeper_pid is not None:
                    # The kernel ends every process of the pid namespace before this one is seen to end.
                    os.kill(self._keeper_pid, signal.SIGKILL)

    def _prepare(self):
        ours, theirs = parcel.pair()
        go_read, go_write = os.pipe2(os.O_CLOEXEC)
        # No subject lives now, and nobody else would look.
        confine.hide(False)
        try:
            pid = namespaces.fork_into(namespaces.OF_A_RUN)
            if pid == 0:
                self._be_first(ours, theirs, go_read, go_write)
            self._keeper_pid = pid
            namespaces.write_maps(pid, namespaces.maps_of_a_run(self._uid))
        except OSError as error:
            parcel.send(self._control, {"op": "unprepared", "why": str(error)})
            return
        finally:
            confine.hide()
        theirs.close()
        os.close(go_read)
        os.write(go_write, b"!")
        os.close(go_write)
        parcel.send(self._control, {"op": "prepared", "pid": pid}, [ours.fileno()])
        ours.close()

    def _be_first(self, ours, theirs, go_read, go_write):
        try:
            signal.set_wakeup_fd(-1)
            for fd in (ours.detach(), go_write, self._control.detach(), self._wake_read, self._wake_write):
                os.close(fd)
            confine.die_with_parent(0)
            namespaces.settle_as_first(go_read, self._places)
            confine.die_with_parent(0)
            keep(theirs, self._uid, 0)
        except OSError as error:
            parcel.send(theirs, {"op": "unprepared", "why": str(error)})
        finally:
            os._exit(1)

    def _reap(self):
        while True:
            try:
                pid, status, _usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._keeper_pid:
                self._keeper_pid = None
                parcel.send(self._control, {"op": "ended", "status": status})


def main(control, uid, agent_pid, modules, reusable):
    """The zygote's whole life, in the process that was just forked for it."""
    preload(modules)
    subject.warm_up(reusable)
    confine.hide()
    confine.die_with_parent(agent_pid)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()
    parcel.send(control, {"op": "warm", "baseline_kib": baseline_kib()})
    if reusable:
        Preparer(control, uid).serve()
    else:
        keep(control, uid, agent_pid)
