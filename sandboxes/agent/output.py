"""The learner's output on its way to the worker: whole characters, capped lines, a capped total, joined small writes."""

import codecs

COALESCE_SECONDS = 0.030
COALESCE_BYTES = 1024


class OutputBudget:
    """How many bytes of a run are left, over both streams and all its processes."""

    def __init__(self, bytes_max):
        self.left = bytes_max
        self.deliverable = bytes_max
        self.exceeded = False


class OutputStream:
    """One of stdout and stderr over a whole run; processes come and go, the offset goes on."""

    def __init__(self, name, budget, line_bytes_max, send):
        self._name = name
        self._budget = budget
        self._line_bytes_max = line_bytes_max
        self._send = send
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = []
        self._text_bytes = 0
        self._offset = 0
        self._line_bytes = 0
        self._truncated = False
        self._line_cut = False
        self.flush_at = None

    def feed(self, data, now):
        """Takes raw bytes; what does not fit the budget is dropped and the budget marked as exceeded."""
        if len(data) > self._budget.left:
            data = data[:self._budget.left]
            self._budget.exceeded = True
            self._truncated = True
        self._budget.left -= len(data)
        self._take(self._decoder.decode(data), now)
        if self._budget.exceeded or self._text_bytes >= COALESCE_BYTES:
            self.flush()

    def end_of_process(self, now):
        """A process ended: half a character that it left is shown as such and does not join the next one's bytes."""
        self._take(self._decoder.decode(b"", True), now)
        self._decoder.reset()
        self.flush()

    def _take(self, text, now):
        if not text:
            return
        # A NUL cannot be stored as text anywhere down the line.
        *lines, rest = text.replace("\0", "\ufffd").split("\n")
        for line in lines:
            self._take_part(line + "\n")
        if rest:
            self._take_part(rest)
        if (self._text_bytes or self._truncated) and self.flush_at is None:
            self.flush_at = now + COALESCE_SECONDS

    def _take_part(self, part):
        size = len(part.encode("utf-8"))
        ends = part.endswith("\n")
        room = self._line_bytes_max - self._line_bytes
        if size > room:
            kept = part.encode("utf-8")[:max(0, room)].decode("utf-8", "ignore")
            part = kept + "\n" if ends else kept
            # Said once a line: a line without an end would else be a frame for every byte of it.
            self._truncated = self._truncated or not self._line_cut
            self._line_cut = True
            size = len(part.encode("utf-8"))
            self._line_bytes = self._line_bytes_max
        else:
            self._line_bytes += size
        if ends:
            self._line_bytes = 0
            self._line_cut = False
        if size > self._budget.deliverable:
            # Replaced bytes grow: what is delivered is capped as well as what was written.
            part = part.encode("utf-8")[:self._budget.deliverable].decode("utf-8", "ignore")
            size = len(part.encode("utf-8"))
            self._truncated = self._budget.exceeded = True
        if part:
            self._budget.deliverable -= size
            self._text.append(part)
            self._text_bytes += size

    def flush(self):
        """Sends what is gathered. Pieces stay far below the largest frame."""
        self.flush_at = None
        if not self._text and not self._truncated:
            return
        text = "".join(self._text)
        self._send({"type": "output", "stream": self._name, "text": text, "offset": self._offset,
                    "truncated": self._truncated})
        self._offset += self._text_bytes
        self._text, self._text_bytes, self._truncated = [], 0, False
