"""The agent's event loop: one thread, every descriptor non-blocking or known to be ready."""

import os
import selectors
import signal
import sys
import time

from . import census, frames, parcel, selfcheck, watch
from .checks_run import ChecksRun
from .program_run import ProgramRun

PROTOCOL = 1
READ_BYTES = 65536


class Cell:
    """What all runs of the cell share: the frame channel, the zygote, the judge template and the clock."""

    def __init__(self, args, frame_in, frame_out, zygote_link, template_link):
        self.subject_uid = args.subject_uid
        self.judge_uid = args.judge_uid
        self.language = args.language
        self.cgroup = census.Cgroup()
        self.zygote, self.zygote_pid = zygote_link
        self.template, self.template_pid = template_link
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

    # Life ----------------------------------------------------------------------------------------------------------

    def live(self):
        wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
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
        if self._warm == {"zygote", "template"}:
            checks = selfcheck.run(self) if self._self_check else {}
            self.send({"type": "ready", "protocol": PROTOCOL, "python": sys.version.split()[0], "self_check": checks})
            self.watch(self._frame_in, self._on_frame_bytes)

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
        parcel.send(self.zygote, dict(message, op="spawn", id=number), fds)
        return number

    def sweep(self):
        parcel.send(self.zygote, {"op": "sweep"})

    def _on_zygote(self):
        message, fds = parcel.receive(self.zygote)
        if message is None:
            self.give_up("the zygote ended")
        elif message["op"] == "listener":
            self.notices = watch.Watch(fds[0])
            self.watch(self.notices.fileno(), self._on_notice)
        elif message["op"] == "warm":
            self.baseline_kib = message["baseline_kib"]
            self._on_warm("zygote")
        elif self.run is not None:
            self.run.on_zygote(message)

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
