"""Mode `checks`: a subject compiles the files, the judge runs the checks, and each check gets a fresh subject.

What the judge reports of a check is joined here with what the kernel says about its subject, and the kernel wins: a
check whose subject was killed for memory is not "failed", whatever the assertion said.
"""

import os
import signal
import socket
import struct
import time

from . import census, parcel, wire
from .frames import clean_text
from .naming import module_names, refused_path
from .run import NEARLY_ALL, SEVERITY, Run

VERDICT_BYTES_MAX = 65536
# Outcomes that single checks bring about while the run goes on.
OUTCOME_OF_STATUS = {"TIMED_OUT": "TIME_LIMIT", "MEMORY_EXCEEDED": "MEMORY_LIMIT", "FORBIDDEN": "FORBIDDEN"}
# What the check under way is called when the run ends in the middle of it.
STATUS_OF_OUTCOME = {"TIME_LIMIT": "TIMED_OUT", "MEMORY_LIMIT": "MEMORY_EXCEEDED", "FORBIDDEN": "FORBIDDEN",
                     "OUTPUT_LIMIT": "FAILED"}


def kill_quietly(pid):
    """Its end may have come already, and the news of it be under way."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Check:
    """One declared check and the measurements of its subject."""

    def __init__(self, declared):
        self.id = declared["id"]
        self.hidden = declared.get("visibility") == "hidden"
        self.result = None
        self.report = None
        self.began_at = 0.0
        self.cpu_before_us = 0
        self.peak_kib = 0
        self.forced = None
        self.touched = False


class ChecksRun(Run):
    def __init__(self, cell, frame):
        super().__init__(cell, frame)
        self.checks = {declared["id"]: Check(declared) for declared in frame.get("declared") or []}
        self._current = None
        self._held = []
        self._worst = "COMPLETED"
        self._runtime_error = False
        self._judge = None
        self._judge_asked = False
        self._judge_pid = None
        self._judge_status = None
        self._judge_ready = False
        self._compiled = False
        self._syntax_watched = False
        self._syntax_bytes = bytearray()
        self._wanted_wire = False
        self._ready_wire = None
        self._programs = {}

    # Beginning -----------------------------------------------------------------------------------------------------

    def begin(self):
        problem = self._problem()
        if problem is not None:
            self._faulty(problem)
            return
        self._start_judge()
        self._start_syntax()

    def _problem(self):
        declared = self.frame.get("declared") or []
        if len(self.checks) != len(declared) or not declared:
            return "the declared checks are empty or not unique"
        for file in self.frame.get("files") or []:
            reason = refused_path(file["path"], learner=True)
            if reason is not None:
                return "learner file %r: %s" % (file["path"], reason)
        for file in self.frame.get("checks") or []:
            reason = refused_path(file["path"], learner=False)
            if reason is not None:
                return "check file %r: %s" % (file["path"], reason)
        both = module_names(file["path"] for file in self.frame.get("files") or []) & module_names(
            file["path"] for file in self.frame.get("checks") or [])
        return "modules of both the learner and the checks: %s" % sorted(both) if both else None

    def _start_judge(self):
        ours, theirs = parcel.pair()
        self._judge = ours
        self.cell.watch(ours.fileno(), self._on_judge)
        payload = parcel.memory_file({
            "checks": self.frame.get("checks") or [], "declared": self.frame["declared"],
            "seed": self.frame.get("seed", 0), "limits": self.limits,
            "modules": [file["path"] for file in self.frame.get("files") or []]})
        parcel.send(self.cell.template, {"op": "judge"}, [theirs.fileno(), payload])
        self._judge_asked = True
        theirs.close()
        os.close(payload)

    def _start_syntax(self):
        """The first check's subject says first whether its files can be read."""
        self._make_subject(compile=True)
        self._ready_wire.setblocking(False)
        self._syntax_watched = True
        self.cell.watch(self._ready_wire.fileno(), self._on_syntax)

    def _on_syntax(self):
        """Reads the verdict and not a byte more: what follows is for the judge."""
        try:
            data = self._ready_wire.recv(self._syntax_missing())
        except OSError:
            data = b""
        self._syntax_bytes += data
        if data and self._syntax_missing():
            return
        self._forget_syntax()
        if self.outcome is not None:
            return
        fault = self._syntax_fault()
        if fault is not None:
            self.end("NOT_GRADABLE", fault)
        else:
            self._compiled = True
            self._go()

    def _forget_syntax(self):
        if self._syntax_watched:
            self._syntax_watched = False
            self.cell.forget(self._ready_wire.fileno())

    def _syntax_missing(self):
        """How many bytes of the verdict are to come."""
        if len(self._syntax_bytes) < 4:
            return 4 - len(self._syntax_bytes)
        return min(struct.unpack_from(">I", self._syntax_bytes)[0], VERDICT_BYTES_MAX) + 4 - len(self._syntax_bytes)

    def _syntax_fault(self):
        try:
            fault = wire.decode(bytes(self._syntax_bytes[4:]))
        except (struct.error, wire.WireError):
            return "line 1: the code could not be read"
        return None if fault is None else str(fault)[:1000]

    def _go(self):
        """Lets the judge begin once the files are gradable and the checks are collected."""
        if self._compiled and self._judge_ready:
            self.start_clocks()
            self._tell_judge({"op": "go"})

    # The judge -----------------------------------------------------------------------------------------------------

    def on_template(self, message):
        if message["op"] == "forked":
            self._judge_pid = message["pid"]
            self._trusted_pids.add(message["pid"])
            if self.outcome is not None:
                self.stop_judge()
        elif message["op"] == "exited":
            self._judge_status = message["status"]
            self._judge_gone()
            if self.outcome is not None:
                self._try_finish()

    def _on_judge(self):
        try:
            message, fds = parcel.receive(self._judge)
        except OSError:
            message, fds = None, []
        if message is None:
            self._close_judge()
            self._judge_gone()
            return
        handler = getattr(self, "_on_judge_" + message["op"], None)
        if self.outcome is not None or handler is None:
            for fd in fds:
                os.close(fd)
            return
        handler(message, fds)

    def _close_judge(self):
        if self._judge is not None:
            self.cell.forget(self._judge.fileno())
            self._judge.close()
            self._judge = None

    def _tell_judge(self, message, fds=()):
        try:
            if self._judge is not None:
                parcel.send(self._judge, message, fds)
        except OSError:
            pass  # It has ended; its wait status says why and is under way.

    def _judge_gone(self):
        """The judge ended: by itself at the end, or by the caps on it. Both its status and its silence are awaited."""
        if self.outcome is not None or self._judge is not None or self._judge_status is None:
            return
        status = self._judge_status
        what = "judge ended with wait status %d" % status
        if not self._touched():
            self._faulty(what)
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            # A check has had a subject in its hands: what the judge choked on, or spent its time with, came from there.
            self.end("TIME_LIMIT", "looking at what your code returned took too long", what)
        else:
            self.end("MEMORY_LIMIT", "what your code returned was too large to look at", what)

    def _touched(self):
        """Whether anything of the learner's was used by now, in this check or an earlier one: the limits on the judge and the
        wall are the run's, so what a later check lacks an earlier one may have spent."""
        return any(check.touched for check in self.checks.values())

    def _faulty(self, diagnosis):
        """The author's fault. What is wrong is for the log and the author, never for the learner."""
        self.end("CONTENT_ERROR", "this challenge is faulty; it is not your fault", diagnosis[:20_000])

    def _on_judge_touched(self, _message, _fds):
        self._current.touched = True

    def _on_judge_clock(self, _message, _fds):
        self._tell_judge({"op": "clock", "cpu_us": self.subjects_cpu_us()})

    def _on_judge_collected(self, _message, _fds):
        self._judge_ready = True
        self._go()

    def _on_judge_faulty(self, message, _fds):
        self._faulty(message["diagnosis"])

    def _on_judge_begin(self, message, _fds):
        check = self._current = self.checks[message["id"]]
        check.began_at = time.monotonic()
        check.cpu_before_us = self.closed_cpu_us
        self.discard_output = check.hidden
        if not check.hidden:
            self.cell.send({"type": "check_started", "id": check.id})
        self._give_subject()

    def _give_subject(self):
        if self._ready_wire is None:
            self._make_subject()
        self._tell_judge({"op": "subject"}, [self._ready_wire.fileno()])
        self._ready_wire.close()
        self._ready_wire = None

    def _make_subject(self, **how):
        """Starts the next check's subject. It runs nothing of the learner's before the judge asks it to, so it may be
        started while the judge still makes up its mind."""
        ours, theirs = socket.socketpair()
        stdin = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        left = sum(check.result is None for check in self.checks.values())
        self.spawn("serve", [self.boot_file(), stdin, self.relayed_pipe("stdout"), self.relayed_pipe("stderr"), theirs.detach()],
                   left - 1, **how)
        self._ready_wire = ours

    def _on_judge_restart(self, _message, _fds):
        """The check asks for another fresh subject: the present one is killed first."""
        self._wanted_wire = True
        self.sweep()

    def _on_judge_program(self, message, fds):
        boot = self.boot_file(entry=message["entry"], args=message["args"])
        self._programs[self.spawn("program", [boot, *fds], 1)] = message["number"]

    def _on_judge_report(self, message, _fds):
        self._current.report = message
        self.sweep()

    def _on_judge_done(self, _message, _fds):
        if self._current is not None or any(check.result is None for check in self.checks.values()):
            self._faulty("checks were left out")
        else:
            self.end(self._worst, self._worst_detail())

    def _worst_detail(self):
        return {"TIME_LIMIT": "a check took too long", "MEMORY_LIMIT": self.memory_detail(),
                "FORBIDDEN": "your program did something that is not allowed here"}.get(self._worst)

    # Ends of subjects and checks -----------------------------------------------------------------------------------

    def on_exited(self, subject):
        program = self._programs.pop(subject.number, None)
        if program is not None and self.outcome is None:
            self._tell_judge({"op": "exited", "number": program, "status": subject.status})

    def _account(self, status, cpu_us, maxrss_kib):
        if self._current is not None:
            self._current.peak_kib = max(self._current.peak_kib, maxrss_kib - self.cell.baseline_kib)
        super()._account(status, cpu_us, maxrss_kib)

    def note_peak(self, kib):
        if self._current is None or not self._current.hidden:
            super().note_peak(kib)

    def on_memory_over(self):
        """Kills the check's subject and goes on with the next check."""
        if self._current is None:
            self.end("MEMORY_LIMIT", self.memory_detail())
        elif self._current.forced is None:
            self._current.forced = "MEMORY_EXCEEDED"
            self._kill_current()

    def _kill_current(self):
        self.cell.kill_subjects()

    def on_swept(self, message):
        if message["survivors"] or not message["clean"]:
            self.end("INFRASTRUCTURE", None, "a subject could not be cleaned up after")
            return
        self.drain()
        for fd in list(self.pipes):
            self._close_pipe(fd)
        self.subjects.clear()
        self._programs.clear()
        if self._wanted_wire:
            self._wanted_wire = False
            self._give_subject()
        elif self._current is not None and self._current.report is not None:
            self._close_check(self._current)
            self._current = None
            self._tell_judge({"op": "next"})
            if any(check.result is None for check in self.checks.values()):
                self._make_subject()

    def _close_check(self, check):
        report = check.report
        status = report["status"]
        if self.memory_killed() or check.forced == "MEMORY_EXCEEDED" or (
                report.get("died") and check.peak_kib > self.limits["memory_mib"] * 1024 * NEARLY_ALL):
            status = "MEMORY_EXCEEDED"
            report = {"message": self.memory_detail()}
        self._note(status, report.get("raised", False))
        self._emit(check, status, report)

    def _note(self, status, raised):
        outcome = OUTCOME_OF_STATUS.get(status)
        if outcome is not None and SEVERITY.index(outcome) > SEVERITY.index(self._worst):
            self._worst = outcome
        if status == "ERROR" or raised:
            self._runtime_error = True

    def _emit(self, check, status, report):
        measured = check.began_at > 0
        frame = {"type": "check_finished", "id": check.id, "status": status,
                 "message": clean_text(report.get("message")), "expected": clean_text(report.get("expected")),
                 "actual": clean_text(report.get("actual")),
                 "cpu_ms": round((self.closed_cpu_us - check.cpu_before_us) / 1000) if measured else 0,
                 "wall_ms": round((time.monotonic() - check.began_at) * 1000) if measured else 0,
                 "peak_memory_kib": max(0, check.peak_kib)}
        check.result = status
        if check.hidden:
            # Time and memory would carry what the check's arguments were, as words would.
            frame.update(message=None, expected=None, actual=None, cpu_ms=None, wall_ms=None, peak_memory_kib=None)
            self._held += [{"type": "check_started", "id": check.id}, frame]
        else:
            self.cell.send(frame)

    # The end -------------------------------------------------------------------------------------------------------

    def end(self, outcome, detail, diagnosis=None):
        if self._current is not None and self._current.hidden and outcome not in ("INFRASTRUCTURE", "CONTENT_ERROR"):
            # Which limit a hidden check met is told by the outcome; the words might tell more than that.
            detail = None if detail is None else "a limit was reached"
        super().end(outcome, detail, diagnosis)

    def counts(self):
        # What a compiler made of the files is no run.
        return self._compiled

    def judge_gone(self):
        return self._judge_pid is None and not self._judge_asked or self._judge_status is not None

    def stop_judge(self):
        if self._judge_pid is not None and self._judge_status is None:
            kill_quietly(self._judge_pid)

    def trusted_memory_kib(self):
        if self._judge_pid is None:
            return 0
        # The judge shares most pages with its template; what it has of its own is about what it has more.
        return max(0, census.process_memory_kib(self._judge_pid) - census.process_memory_kib(self.cell.template_pid))

    def on_wall_over(self):
        if not self._compiled:
            self.end("NOT_GRADABLE", "line 1: the code could not be read")
        elif not self._touched():
            self._faulty("the judge did not come on within the wall limit")
        else:
            super().on_wall_over()

    def on_input(self, frame):
        """Checks have no interactive input."""

    def finishing(self):
        for check in self.checks.values():
            if check.result is not None:
                continue
            if self.started_at is None:
                continue
            status = STATUS_OF_OUTCOME.get(self.outcome, "NOT_RUN") if check is self._current else "NOT_RUN"
            self._emit(check, status, {"message": self.detail if status != "NOT_RUN" else None})
        for frame in self._held:
            self.cell.send(frame)

    def close(self):
        super().close()
        self._forget_syntax()
        if self._ready_wire is not None:
            self._ready_wire.close()
        self._close_judge()

    def exit_fields(self):
        return {"exit_code": None, "signal": None, "runtime_error": self._runtime_error}
