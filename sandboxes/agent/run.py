"""What every run has: limits and their clocks, the subjects' pipes, the sweep, and the way to `finished`.

A run ends once. Whoever finds a reason calls `end`; everything of the subject's uid is killed, the pipes are read to
their end, and only then `finished` is sent.
"""

import os
import signal
import time

from . import census, parcel
from .frames import clean_text
from .output import OutputBudget, OutputStream

TICK_SECONDS = 0.020
# How long the pipes of killed processes may take to end before they are closed on our side.
DRAIN_SECONDS = 0.5
# The zygote answers a sweep well within this; one that does not is lost, and the cell with it.
SWEEP_ANSWER_SECONDS = 15.0
# How long the keeper of a reusable cell's run may take to end it in order, so that all that was used is known.
KEEPER_ANSWER_SECONDS = 0.5
READ_BYTES = 65536
# CPUs that a cell may keep busy at once, rounded up.
CPUS_MAX = 2
# A process that was killed while it held this much of its memory limit was most likely killed by it.
NEARLY_ALL = 0.9
FORBIDDEN_DETAIL = "your program made a system call that is not allowed here"

DEFAULT_LIMITS = {
    "cpu_ms": 10_000, "wall_ms": 30_000, "memory_mib": 256, "pids": 64, "file_mib": 32,
    "output_bytes_max": 1_048_576, "line_bytes_max": 65_536, "call_timeout_ms": 2_000, "round_trips_max": 100_000,
    "judge_cpu_ms": 20_000, "judge_memory_mib": 256,
}
SEVERITY = ["COMPLETED", "NOT_GRADABLE", "TIME_LIMIT", "OUTPUT_LIMIT", "MEMORY_LIMIT", "FORBIDDEN", "CANCELLED",
            "CONTENT_ERROR", "INFRASTRUCTURE"]


class Subject:
    """One process that was asked of the zygote, and what became of it."""

    def __init__(self, number):
        self.number = number
        self.status = None


class Run:
    """Common to both modes; a mode adds `begin`, `on_input`, `on_exited`, `on_swept` and `finishing`."""

    def __init__(self, cell, frame):
        self.cell = cell
        self.frame = frame
        self.limits = dict(DEFAULT_LIMITS)
        self.limits.update({key: int(value) for key, value in (frame.get("limits") or {}).items() if key in self.limits})
        budget = self.budget = OutputBudget(self.limits["output_bytes_max"])
        self.streams = {name: OutputStream(name, budget, self.limits["line_bytes_max"], cell.send)
                        for name in ("stdout", "stderr")}
        self.subjects = {}
        self.pipes = {}
        self.outcome = None
        self.detail = None
        self.diagnosis = None
        self.started_at = None
        self.begun_at = time.monotonic()
        self.ended_at = None
        self.closed_cpu_us = 0
        self.seen_cpu_us = 0
        self.peak_kib = 0
        self.memory_over = False
        self.discard_output = False
        self.swept = None
        # In a reusable cell: whether the run's namespaces are gone; whether everything is.
        self.ended = False
        self.over = False
        self.left_nothing = False
        self._sweeps = 0
        self._paused = False
        self._tick_at = 0.0
        self._drain_until = None
        self._sent_finished = False
        self._boot = None
        self._oom_kills = cell.cgroup.oom_kills() or 0
        self._memory_before_kib = cell.cgroup.memory_kib()
        self._trusted_pids = cell.trusted_pids()
        self._cpu_before = None

    # Subjects ------------------------------------------------------------------------------------------------------

    def boot_file(self, **more):
        """The memory file that a subject lays its folder out from. The plain one is the same for all of a run."""
        if more:
            return parcel.memory_file(dict(more, files=self.frame.get("files") or [], language=self.cell.language))
        if self._boot is None:
            self._boot = parcel.memory_file({"files": self.frame.get("files") or [], "language": self.cell.language})
        return os.dup(self._boot)

    def spawn(self, kind, fds, more, **how):
        """Starts a subject with these descriptors (closed here afterwards): its memory file, stdin, stdout, stderr and maybe
        the wire. `more` says how many others will be wanted."""
        number = self.cell.spawn(dict(how, mode=kind, limits=self.limits, more=more), fds)
        for fd in fds:
            os.close(fd)
        self.subjects[number] = Subject(number)
        return number

    def relayed_pipe(self, name):
        """The write end of a pipe whose read end goes to the worker as this stream."""
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(read_end, False)
        self.pipes[read_end] = name
        if not self._paused:
            self.cell.watch(read_end, lambda: self._on_output(read_end))
        return write_end

    def _on_output(self, fd):
        if self.cell.congested:
            # The worker does not keep up: the pipes fill and the subject waits. `on_tick` looks again.
            self._pause(True)
            return
        try:
            data = os.read(fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close_pipe(fd)
        elif not self.discard_output and not self.budget.exceeded:
            self.streams[self.pipes[fd]].feed(data, time.monotonic())
            if self.budget.exceeded:
                self.end("OUTPUT_LIMIT", "your program printed more than %d KiB" % (self.limits["output_bytes_max"] // 1024))

    def _pause(self, pause):
        if pause != self._paused:
            self._paused = pause
            for fd in self.pipes:
                if pause:
                    self.cell.forget(fd)
                else:
                    self.cell.watch(fd, lambda fd=fd: self._on_output(fd))

    def _close_pipe(self, fd):
        name = self.pipes.pop(fd)
        if not self._paused:
            self.cell.forget(fd)
        os.close(fd)
        if not self.discard_output:
            self.streams[name].end_of_process(time.monotonic())

    def drain(self):
        """Reads what dead processes left in their pipes. True when every pipe has ended."""
        for fd in list(self.pipes):
            while fd in self.pipes:
                before = len(self.pipes)
                try:
                    data = os.read(fd, READ_BYTES)
                except BlockingIOError:
                    break
                except OSError:
                    data = b""
                if not data:
                    self._close_pipe(fd)
                elif not self.discard_output and not self.budget.exceeded:
                    self.streams[self.pipes[fd]].feed(data, time.monotonic())
                assert len(self.pipes) <= before
        return not self.pipes

    # Messages of the zygote ----------------------------------------------------------------------------------------

    def on_zygote(self, message):
        if message["op"] == "exited":
            subject = self.subjects[message["id"]]
            subject.status = message["status"]
            if self.counts():
                self._account(message["status"], message["cpu_us"], message["maxrss_kib"])
            self.on_exited(subject)
        elif message["op"] == "orphans":
            self.on_orphan(message["status"], message["cpu_us"], message["maxrss_kib"])
        elif message["op"] == "swept":
            self.cell.reap()
            self._sweeps -= 1
            if self.outcome is None:
                self.on_swept(message)
            elif self._sweeps == 0:
                # The answer to an earlier sweep says nothing of what was started since.
                self.swept = message
                if self.cell.reusable:
                    self.cell.end_keeper()
                self._try_finish()

    def on_ended(self):
        """The keeper is gone, and with it, by the kernel's word, every process of the run."""
        self.ended = True
        if self.outcome is None:
            self.fail_now("the keeper of the run ended by itself")
            self.cell.give_up("the keeper of the run ended by itself")
        if self.swept is None:
            self.swept = {"survivors": 0, "clean": True}
        self._try_finish()

    def counts(self):
        """Whether what a subject used up is the learner's by now."""
        return True

    def on_told(self):
        """The watcher was told by the kernel of a call that only an attack makes."""
        self.on_forbidden(FORBIDDEN_DETAIL)

    def on_orphan(self, status, cpu_us, maxrss_kib):
        self._account(status, cpu_us, maxrss_kib)

    def _account(self, status, cpu_us, maxrss_kib):
        self.closed_cpu_us += cpu_us
        self.note_peak(maxrss_kib - self.cell.baseline_kib)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS:
            self.on_forbidden(FORBIDDEN_DETAIL)
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            self.end("TIME_LIMIT", self._time_detail())

    def on_forbidden(self, detail):
        self.end("FORBIDDEN", detail)

    # Clocks --------------------------------------------------------------------------------------------------------

    def start_clocks(self):
        self.started_at = time.monotonic()
        self._cpu_before = self._cgroup_cpu_us()
        self.cell.send({"type": "started"})

    def next_wake_up(self):
        """Seconds until something is due."""
        now = time.monotonic()
        due = [self._tick_at]
        due += [stream.flush_at for stream in self.streams.values() if stream.flush_at is not None]
        return max(0.0, min(due) - now)

    def on_tick(self, now):
        for stream in self.streams.values():
            if stream.flush_at is not None and stream.flush_at <= now:
                stream.flush()
        if now < self._tick_at:
            return
        self._tick_at = now + TICK_SECONDS
        if self._paused and not self.cell.congested:
            self._pause(False)
        if self.outcome is not None:
            self._try_finish()
            if not self._sent_finished and now > self.ended_at + SWEEP_ANSWER_SECONDS:
                self.cell.give_up("the zygote does not answer")
            elif self.cell.reusable and now > self.ended_at + KEEPER_ANSWER_SECONDS:
                self.cell.end_keeper()
            return
        wall_ms = (now - (self.started_at or self.begun_at)) * 1000
        if wall_ms > self.limits["wall_ms"]:
            self.on_wall_over()
        elif self.started_at is not None:
            self._check_usage(wall_ms)

    def _check_usage(self, wall_ms):
        # A run of a few milliseconds cannot have come near a limit on time: the counters are read when it could have.
        timed = wall_ms * CPUS_MAX > self.limits["cpu_ms"] // 2
        total = self._cgroup_cpu_us() if timed else None
        used = None if total is None or self._cpu_before is None else total - self._cpu_before
        tasks = self.cell.cgroup.tasks()
        if tasks is None or tasks > self.limits["pids"] // 2 or (timed and (used is None or used > self.limits["cpu_ms"] * 500)):
            # Nearer to a limit than the cell's counters tell apart: they count the trusted processes, too.
            sample = census.look(self.cell.subject_uid, self._trusted_pids)
            tasks = sample.tasks
            self.seen_cpu_us = max(self.seen_cpu_us, self.closed_cpu_us + sample.cpu_us)
        if used is not None:
            # The cell's own counter knows the time of children that nobody waited for; /proc does not.
            self.seen_cpu_us = max(self.seen_cpu_us, used - 100_000)
        if self.seen_cpu_us > self.limits["cpu_ms"] * 1000:
            self.end("TIME_LIMIT", self._time_detail())
        elif tasks is not None and tasks >= self.limits["pids"]:
            self.on_forbidden("your program had %d processes and threads at once; the limit is %d"
                              % (tasks, self.limits["pids"]))
        else:
            self._check_memory()

    def _check_memory(self):
        charged_kib = self.cell.cgroup.charged_kib()
        near = charged_kib is None or charged_kib - (self._memory_before_kib or 0) > self.limits["memory_mib"] * 1024 // 2
        now_kib = self.cell.cgroup.memory_kib() if near else None
        if now_kib is not None and self._memory_before_kib is not None:
            used = now_kib - self._memory_before_kib - self.trusted_memory_kib()
            if used > self.limits["memory_mib"] * 1024:
                self.note_peak(used)
                self.on_memory_over()
                return
        if (self.cell.cgroup.oom_kills() or 0) > self._oom_kills:
            self._oom_kills = self.cell.cgroup.oom_kills()
            self.on_memory_over()

    def note_peak(self, kib):
        self.peak_kib = max(self.peak_kib, kib)

    def trusted_memory_kib(self):
        """What the judge itself has grown by since the run began."""
        return 0

    def memory_killed(self):
        """Looks at the out-of-memory counter once more, after processes died."""
        count = self.cell.cgroup.oom_kills() or 0
        if count > self._oom_kills:
            self._oom_kills = count
            return True
        return False

    def on_memory_over(self):
        self.end("MEMORY_LIMIT", self.memory_detail())

    def memory_detail(self):
        return "your program used more than %d MiB of memory" % self.limits["memory_mib"]

    def on_wall_over(self):
        self.end("TIME_LIMIT", "your program ran longer than %.1f seconds" % (self.limits["wall_ms"] / 1000))

    def _time_detail(self):
        return "your program used more than %.1f seconds of CPU time" % (self.limits["cpu_ms"] / 1000)

    def subjects_cpu_us(self):
        """What subjects have used until now, for the clock of one call."""
        cpu_us = self._cgroup_cpu_us()
        if cpu_us is None:
            cpu_us = self.closed_cpu_us + census.look(self.cell.subject_uid, self._trusted_pids).cpu_us
        return cpu_us

    def _cgroup_cpu_us(self):
        """CPU time of the cell that is not the trusted processes'."""
        total = self.cell.cgroup.cpu_us()
        if total is None:
            return None
        return total - sum(census.process_cpu_us(pid) for pid in self._trusted_pids)

    # The end -------------------------------------------------------------------------------------------------------

    def cancel(self):
        self.end("CANCELLED", None)

    def end(self, outcome, detail, diagnosis=None):
        """The first reason to end starts the end; a more severe one that comes while it is under way takes its place."""
        if self.outcome is not None:
            if SEVERITY.index(outcome) > SEVERITY.index(self.outcome):
                self.outcome, self.detail = outcome, detail
            return
        self.outcome, self.detail, self.diagnosis = outcome, detail, diagnosis
        self.ended_at = time.monotonic()
        self._drain_until = self.ended_at + DRAIN_SECONDS
        self._tick_at = 0.0
        self.swept = None
        self.stop_judge()
        if self.cell.reusable and outcome == "CANCELLED":
            # The fast way: nobody asks what a cancelled run has used up.
            self.cell.end_keeper()
        else:
            self.sweep()

    def sweep(self):
        """Asks for the end of all subjects; `on_swept` or the end of the run follows."""
        self._sweeps += 1
        # The files of a run that is over go with its namespaces.
        self.cell.sweep(files=self.outcome is None or not self.cell.reusable)

    def stop_judge(self):
        pass

    def judge_gone(self):
        return True

    def fail_now(self, why):
        """A trusted process is gone: nothing can be cleaned up any more, so say so and leave."""
        if not self._sent_finished:
            self._sent_finished = True
            self.cell.send(self._finished_frame("INFRASTRUCTURE", None, 1, False, why))

    def _try_finish(self):
        if self._sent_finished or self.swept is None or (self.cell.reusable and not (self.ended and self.judge_gone())):
            return
        if not self.drain() and time.monotonic() < self._drain_until:
            return
        for fd in list(self.pipes):
            self._close_pipe(fd)
        for stream in self.streams.values():
            stream.flush()
        self._sent_finished = True
        self.finishing()
        self.close()
        traces = self.cell.traces()
        if traces:
            self.diagnosis = "; ".join(filter(None, [self.diagnosis, "left behind: %s" % traces]))
        self.cell.send(self._finished_frame(self.outcome, self.detail, self.swept["survivors"],
                                            self.swept["clean"] and not traces, self.diagnosis))
        self.left_nothing = not traces and self.swept["clean"] and self.swept["survivors"] == 0
        self.over = True

    def finishing(self):
        """Sends what has to come before `finished`."""

    def close(self):
        """Lets go of what the run held in the agent."""
        if self._boot is not None:
            os.close(self._boot)
            self._boot = None

    def exit_fields(self):
        return {"exit_code": None, "signal": None, "runtime_error": False}

    def _finished_frame(self, outcome, detail, survivors, clean, diagnosis):
        started = self.started_at
        wall = 0 if started is None else (self.ended_at or time.monotonic()) - started
        cpu_us = max(self.closed_cpu_us, self.seen_cpu_us)
        frame = {"type": "finished", "outcome": outcome, "detail": clean_text(detail), "cpu_ms": round(cpu_us / 1000),
                 "wall_ms": round(wall * 1000), "peak_memory_kib": self.peak_kib, "survivors": survivors,
                 "clean": bool(clean and survivors == 0)}
        frame.update(self.exit_fields())
        if diagnosis is not None:
            frame["diagnosis"] = clean_text(diagnosis)
        return frame
