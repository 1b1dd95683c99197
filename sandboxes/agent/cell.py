"""The agent's event loop: one thread, every descriptor non-blocking or known to be ready."""

import os
import selectors
import signal
import socket
import sys
import time

from . import census, frames, parcel, selfcheck, traces, watch
from .checks_run import ChecksRun
from .program_run import ProgramRun

PROTOCOL = 1
READ_BYTES = 65536


def refuse(frame_out, why):
    """This host forbids what a reusable cell is made with: says so in the frame that was to say that the cell is warm."""
    frames.FrameWriter(frame_out).send(dict(_ready(), self_check={"namespaces": why}))
    os._exit(4)


def _ready():
    return {"type": "ready", "protocol": PROTOCOL, "python": sys.version.split()[0]}


class Cell:
    """What all runs of the cell share: the frame channel, the zygote, the judge template and the clock."""

    def __init__(self, args, frame_in, frame_out, zygote_link, template_link):
        self.subject_uid = args.subject_uid
        self.judge_uid = args.judge_uid
        self.language = args.language
        self.cgroup = census.Cgroup()
        self.zygote, self.zygote_pid = zygote_link
        self.template, self.template_pid = template_link
        self.reusable = args.mode == "reusable"
        # Who keeps the subjects: the zygote itself, or a process of this run's own.
        self.keeper = None if self.reusable else self.zygote
        self.keeper_pid = None
        self.baseline_kib = 0
        self.run = None
        self.notices = None
        self._self_check = args.self_check
        self._frame_in = frame_in
        self._frame_out = frame_out
        self._reader = frames.FrameReader()
        self._writer = frames.FrameWriter(frame_out)
        self._selector = selectors.DefaultSelector()
        self._warm = set()
        self._writing = False
        self._next_spawn = 1
        self._traces = None
        self._reading = False

    # Life ----------------------------------------------------------------------------------------------------------

    def live(self):
        wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
        signal.signal(signal.SIGUSR1, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self.watch(wake_read, lambda: self._on_children(wake_read))
        self.watch(self.zygote.fileno(), self._on_zygote)
        self.watch(self.template.fileno(), self._on_template)
        while True:
            timeout = None if self.run is None else self.run.next_wake_up()
            for key, mask in self._selector.select(timeout):
                if mask & selectors.EVENT_WRITE:
                    self._writer.flush()
                if mask & selectors.EVENT_READ and self._selector.get_map().get(key.fd) is key:
                    key.data()
            if self.run is not None:
                self.run.on_tick(time.monotonic())
                if self.run.over and self.reusable:
                    self._renew()
            self._watch_writing()

    def watch(self, fd, on_ready):
        self._selector.register(fd, selectors.EVENT_READ, on_ready)

    def forget(self, fd):
        self._selector.unregister(fd)

    def _watch_writing(self):
        if self._writer.pending != self._writing:
            self._writing = self._writer.pending
            if self._writing:
                self._selector.register(self._frame_out, selectors.EVENT_WRITE)
            else:
                self._selector.unregister(self._frame_out)

    # The worker ----------------------------------------------------------------------------------------------------

    def send(self, frame):
        try:
            self._writer.send(frame)
        except BrokenPipeError:
            os._exit(0)

    @property
    def congested(self):
        return self._writer.congested

    def _on_warm(self, name):
        self._warm.add(name)
        if self._warm == {"zygote", "template"} and self.reusable:
            self._traces = traces.Traces(self.subject_uid, self.trusted_pids(), self.cgroup.memory_kib())
            self._prepare()
        elif self._warm == {"zygote", "template", "keeper"}:
            self._be_ready()

    def _be_ready(self):
        checks = selfcheck.run(self) if self._self_check else {}
        self._self_check = False
        self.send(dict(_ready(), self_check=checks))
        if not self._reading:
            self._reading = True
            self.watch(self._frame_in, self._on_frame_bytes)

    def trusted_pids(self):
        """All processes of the cell that are no subjects."""
        pids = {os.getpid(), self.zygote_pid, self.template_pid}
        return pids if self.keeper_pid is None else pids | {self.keeper_pid}

    def traces(self):
        """What the run left around its namespaces. A cell of one run is destroyed whatever it left."""
        return self._traces.found(self.cgroup.memory_kib()) if self.reusable else ""

    def _prepare(self):
        parcel.send(self.zygote, {"op": "prepare"})

    def _renew(self):
        """Makes the next run's namespaces, unless this run left anything behind: then the worker destroys the cell."""
        clean, self.run = self.run.left_nothing, None
        if clean:
            self._warm.discard("keeper")
            self._prepare()

    def _on_frame_bytes(self):
        data = os.read(self._frame_in, READ_BYTES)
        if not data:
            # The worker let go of the cell; the container ends with its first process.
            os._exit(0)
        try:
            for frame in self._reader.feed(data):
                self._on_frame(frame)
        except frames.BrokenFrame as error:
            sys.stderr.write("broken frame: %s\n" % error)
            os._exit(2)

    def _on_frame(self, frame):
        kind = frame["type"]
        if kind == "run" and self.run is None:
            maker = {"checks": ChecksRun, "program": ProgramRun}.get(frame.get("mode"))
            if maker is None:
                raise frames.BrokenFrame("unknown mode")
            self.run = maker(self, frame)
            self.run.begin()
        elif kind == "cancel" and self.run is not None:
            self.run.cancel()
        elif kind in ("input", "eof") and self.run is not None:
            self.run.on_input(frame)
        elif kind not in ("cancel", "input", "eof"):
            raise frames.BrokenFrame("unexpected " + kind)

    # The trusted processes -----------------------------------------------------------------------------------------

    def spawn(self, message, fds):
        """Asks the zygote for a subject; returns the number it will be spoken of by."""
        number = self._next_spawn
        self._next_spawn += 1
        self._ask_keeper(dict(message, op="spawn", id=number), fds)
        return number

    def sweep(self, files=True):
        self._ask_keeper({"op": "sweep", "files": files})

    def kill_subjects(self):
        self._ask_keeper({"op": "kill"})

    def _ask_keeper(self, message, fds=()):
        try:
            if self.keeper is not None:
                parcel.send(self.keeper, message, fds)
        except OSError:
            pass  # It is gone, and the news of it is under way.

    def end_keeper(self):
        """Ends the run's namespaces and everything in them."""
        if self.keeper_pid is not None:
            parcel.send(self.zygote, {"op": "end"})

    def _on_zygote(self):
        message, fds = parcel.receive(self.zygote)
        if message is None:
            self.give_up("the zygote ended")
        elif message["op"] == "warm":
            self.baseline_kib = message["baseline_kib"]
            self._on_warm("zygote")
        elif message["op"] == "prepared":
            self.keeper, self.keeper_pid = socket.socket(fileno=fds[0]), message["pid"]
            self.watch(self.keeper.fileno(), self._on_keeper)
        elif message["op"] == "unprepared":
            refuse(self._frame_out, message["why"])
        elif message["op"] == "ended":
            self._keeper_ended()
        else:
            self._on_kept(message, fds)

    def _on_keeper(self):
        try:
            message, fds = parcel.receive(self.keeper)
        except OSError:
            message, fds = None, []
        if message is not None:
            self._on_kept(message, fds)
        else:
            self._let_go_of_keeper()

    def _on_kept(self, message, fds):
        """What the keeper of subjects says, whoever it is."""
        if message["op"] == "listener":
            self.notices = watch.Watch(fds[0])
            self.watch(self.notices.fileno(), self._on_notice)
        elif message["op"] == "kept":
            self._on_warm("keeper")
        elif message["op"] == "unprepared":
            refuse(self._frame_out, message["why"])
        elif self.run is not None:
            self.run.on_zygote(message)

    def _let_go_of_keeper(self):
        if self.keeper is not None:
            self.forget(self.keeper.fileno())
            self.keeper.close()
            self.keeper = None

    def _keeper_ended(self):
        """The last words of a keeper that was ended are still to be read."""
        while self.keeper is not None:
            self._on_keeper()
        self.keeper_pid = None
        if self.notices is not None:
            told = self.notices.forget()
            self.forget(self.notices.fileno())
            self.notices.close()
            self.notices = None
            if told and self.run is not None:
                self.run.on_told()
        if self.run is None:
            self.give_up("the keeper ended without a run")
        self.run.on_ended()

    def _on_notice(self):
        if self.notices.forget() and self.run is not None:
            self.run.on_told()

    def _on_template(self):
        message, _fds = parcel.receive(self.template)
        if message is None:
            self.give_up("the judge template ended")
        elif message["op"] == "warm":
            self._on_warm("template")
        elif self.run is not None:
            self.run.on_template(message)

    def give_up(self, why):
        """A cell whose trusted processes do not work any more is of no use: says so and leaves."""
        sys.stderr.write(why + "\n")
        if self.run is not None:
            self.run.fail_now(why)
        os._exit(3)

    def _on_children(self, wake_read):
        """Reaps what was orphaned to PID 1: a subject's children that outlived their parent."""
        os.read(wake_read, 4096)
        self.reap()

    def reap(self):
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in (self.zygote_pid, self.template_pid):
                self.give_up("a trusted process ended with status %d" % status)
            if self.run is not None:
                self.run.on_orphan(status, int((usage.ru_utime + usage.ru_stime) * 1e6), usage.ru_maxrss)
