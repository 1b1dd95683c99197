"""Mode `program`: the playground. One subject runs an entry file; its output, exit code and signal are the result."""

import base64
import os

from .run import NEARLY_ALL, Run

INPUT_BYTES_MAX = 1024 * 1024


class ProgramRun(Run):
    def __init__(self, cell, frame):
        super().__init__(cell, frame)
        self._main = None
        self._stdin = None
        self._input = bytearray()
        self._input_open = bool(frame.get("stdin_open"))
        self._exit_status = None

    def begin(self):
        stdin, self._stdin = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._stdin, False)
        self._input += base64.b64decode(self.frame.get("stdin_b64") or "")
        boot = self.boot_file(entry=self.frame.get("entry") or "main.py", args=list(self.frame.get("args") or []))
        self.start_clocks()
        self._main = self.spawn("program", [boot, stdin, self.relayed_pipe("stdout"), self.relayed_pipe("stderr")], 0)
        self._feed()

    def on_input(self, frame):
        if frame["type"] == "eof":
            self._input_open = False
        elif self._input_open:
            self._input += base64.b64decode(frame.get("data_b64") or "")[:INPUT_BYTES_MAX - len(self._input)]
        self._feed()

    def _feed(self):
        """Gives the program what its stdin takes now; the rest waits for the next tick."""
        if self._stdin is None:
            return
        try:
            while self._input:
                del self._input[:os.write(self._stdin, self._input[:65536])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._input.clear()
            self._input_open = False
        if not self._input_open:
            os.close(self._stdin)
            self._stdin = None

    def on_tick(self, now):
        self._feed()
        super().on_tick(now)

    def on_exited(self, subject):
        if subject.number != self._main:
            return
        status = self._exit_status = subject.status
        if self.outcome is not None:
            return
        # Descendants that still run are not waited for: the program is over when its first process is.
        if self.memory_killed() or (status != 0 and self.peak_kib > self.limits["memory_mib"] * 1024 * NEARLY_ALL):
            self.end("MEMORY_LIMIT", self.memory_detail())
        else:
            self.end("COMPLETED", None)

    def on_swept(self, message):
        pass

    def exit_fields(self):
        status = self._exit_status
        if status is None:
            return {"exit_code": None, "signal": None, "runtime_error": False}
        signaled = os.WIFSIGNALED(status)
        return {"exit_code": None if signaled else os.WEXITSTATUS(status),
                "signal": os.WTERMSIG(status) if signaled else None, "runtime_error": status != 0 and self.outcome == "COMPLETED"}

    def finishing(self):
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None
