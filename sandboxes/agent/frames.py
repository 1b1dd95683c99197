"""Length-framed JSON between worker and agent, without ever blocking the agent."""

import json
import os
import struct

FRAME_BYTES_MAX = 8 * 1024 * 1024
# Above this many unsent bytes the agent stops reading the subject's output, so a slow worker slows the subject down.
BACKLOG_BYTES = 256 * 1024


class BrokenFrame(Exception):
    """The worker's bytes are not frames: the cell has no way to go on."""


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, data):
        """Adds bytes, returns the list of whole frames."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= 4:
            size = struct.unpack_from(">I", self._buffer)[0]
            if size > FRAME_BYTES_MAX:
                raise BrokenFrame("frame of %d bytes" % size)
            if len(self._buffer) < 4 + size:
                break
            body = bytes(self._buffer[4:4 + size])
            del self._buffer[:4 + size]
            try:
                frame = json.loads(body)
            except ValueError:
                raise BrokenFrame("not JSON") from None
            if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
                raise BrokenFrame("not an object with a type")
            frames.append(frame)
        return frames


def clean_text(text):
    """Text that every reader down the line can hold: no NUL, no half of a surrogate pair."""
    return None if text is None else text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def encode_frame(frame):
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return struct.pack(">I", len(body)) + body


class FrameWriter:
    """Queues frames for a non-blocking descriptor."""

    def __init__(self, fd):
        self._fd = fd
        self._queue = bytearray()
        os.set_blocking(fd, False)

    @property
    def pending(self):
        return bool(self._queue)

    @property
    def congested(self):
        return len(self._queue) > BACKLOG_BYTES

    def send(self, frame):
        self._queue += encode_frame(frame)
        self.flush()

    def flush(self):
        """Writes what the pipe takes; raises BrokenPipeError when the worker is gone."""
        while self._queue:
            try:
                written = os.write(self._fd, self._queue[:65536])
            except BlockingIOError:
                return
            del self._queue[:written]
