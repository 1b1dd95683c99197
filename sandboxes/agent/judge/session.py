"""The judge's side of the wire: one conversation with one subject at a time, and the latch.

Everything a subject says is checked for shape here; whatever does not fit latches. A latched check has failed, whatever
the check's own code or pytest makes of the exception afterwards.
"""

import os
import random
import select
import socket
import struct
import time

from .. import parcel, wire
from .clock import CallClock

_U32 = struct.Struct(">I")
MESSAGE_BYTES_MAX = 2 * wire.BYTES_MAX
READ_BYTES = 65536
# How long a read waits in the kernel, which most answers do not take, before the clock of the call says how long to wait.
PATIENCE_SECONDS = 0.050
_PATIENCE = struct.pack("ll", int(PATIENCE_SECONDS), int(PATIENCE_SECONDS % 1 * 1_000_000))

# Seeded with the run's seed, and anew for each check, so that a check's data does not hang on the checks before it.
rng = random.Random()


class Verdict(BaseException):
    """Ends a check with a status of its own. Not an Exception, so that no `except Exception` in a check hides it."""

    def __init__(self, status, message, died=False, protocol=False):
        super().__init__(message)
        self.status = status
        self.message = message
        self.died = died
        self.protocol = protocol


class AuthorMistake(BaseException):
    """The check is wrong, not the learner."""


class Reply:
    """A checked answer of the subject."""

    __slots__ = ("kind", "fields")

    def __init__(self, kind, fields):
        self.kind = kind
        self.fields = fields


# The exact types each kind of answer must have; a call's answer carries the changed arguments as one more list.
SHAPES = {
    "value": (object,), "handle": (int, str, bool, bool), "stop": (), "unplain": (str,),
    "raised": (str, str, list, object, object), "callback": (int, list, dict),
}


class Session:
    """The state of the run in the judge. There is one, `current`."""

    def __init__(self):
        self.control = None
        self.limits = {"call_timeout_ms": 2000, "round_trips_max": 100_000}
        self.round_trips = 0
        self.latched = None
        self.touched = False
        self.generation = 0
        self.callbacks = []
        # The present subject's handles on what the learner's names stand for, by path.
        self.names = {}
        self.programs = 0
        # Wait status by the number of a program.
        self.ended = {}
        # What a check fails with by its own word; the runner adds pytest's.
        self.failures = (AssertionError,)
        self._socket = None
        self._unread = bytearray()
        self._number = 0

    # Checks and subjects -------------------------------------------------------------------------------------------

    @property
    def in_check(self):
        return self._socket is not None

    def begin_check(self, check_id):
        self.latched = None
        self.touched = False
        self.callbacks = []
        parcel.send(self.control, {"op": "begin", "id": check_id})
        self._take_subject()

    def restart_subject(self):
        """A fresh subject in the middle of a check; handles on the old one's objects are void."""
        self.raise_latched()
        self._socket_or_mistake()
        self.close_subject()
        parcel.send(self.control, {"op": "restart"})
        self._take_subject()

    def expect(self, operation):
        """The agent's next message, which must be this one, and its descriptors. News of programs that ended may come
        before it."""
        while True:
            message, fds = parcel.receive(self.control)
            if message is None:
                os._exit(0)
            if message["op"] == operation:
                return message, fds
            if message["op"] != "exited":
                os._exit(1)
            self.ended[message["number"]] = message["status"]

    def _take_subject(self):
        _message, fds = self.expect("subject")
        self.use_subject(socket.socket(fileno=fds[0]))

    def use_subject(self, subject_socket):
        """Reads wait in the kernel for a moment, so that most answers cost one call; writes never wait there."""
        subject_socket.setblocking(True)
        subject_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
        self._socket = subject_socket
        self._unread.clear()
        self.names = {}
        self.generation += 1

    def close_subject(self):
        self.names = {}
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def unread(self):
        """True when the subject said something that nobody asked for."""
        if self._socket is None:
            return False
        if self._unread:
            return True
        try:
            return bool(self._socket.recv(1, socket.MSG_DONTWAIT))
        except OSError:
            return False

    def latch(self, verdict):
        """Keeps the first verdict and raises it."""
        if self.latched is None:
            self.latched = verdict
        raise self.latched

    def raise_latched(self):
        if self.latched is not None:
            raise self.latched

    def misused(self, seen, mistake):
        """A plain value stands where only an object of the learner's makes sense. Once the subject was asked anything, it may
        come from there; before that it is the author's."""
        if self.touched:
            self.latch(Verdict("FAILED", seen))
        raise AuthorMistake(mistake)

    def fault(self):
        self.latch(Verdict("FAILED", "your code disturbed the connection to the checks", protocol=True))

    def _socket_or_mistake(self):
        if self._socket is None:
            raise AuthorMistake("the learner's code can only be used inside a check")
        return self._socket

    # Calls ---------------------------------------------------------------------------------------------------------

    def request(self, operation, *operands):
        """Asks the subject one thing and returns its Reply."""
        self.raise_latched()
        self._socket_or_mistake()
        self._touch()
        self._number += 1
        self._count_round_trip()
        clock = self.call_clock()
        self._send([self._number, operation, *operands], clock)
        while True:
            reply = self._receive(clock)
            if reply.kind != "callback":
                return reply
            paused = time.monotonic()
            answer = self._call_back(*reply.fields)
            clock.pause(time.monotonic() - paused)
            self._count_round_trip()
            self._send([self._number] + answer, clock)

    def _touch(self):
        """From here on, what goes wrong in the judge may come from the learner's values; the agent is told once."""
        if not self.touched:
            self.touched = True
            parcel.send(self.control, {"op": "touched"})

    def _count_round_trip(self):
        self.round_trips += 1
        if self.round_trips > self.limits["round_trips_max"]:
            self.latch(Verdict("TIMED_OUT", "the checks had to ask your code more than %d times"
                               % self.limits["round_trips_max"]))

    def _call_back(self, number, args, kwargs):
        if not 0 <= number < len(self.callbacks) or not all(type(key) is str for key in kwargs):
            self.fault()
        try:
            result = self.callbacks[number](*args, **kwargs)
            wire.encode(result, self._reference)
            return ["return", result]
        except wire.Unplain as error:
            return ["raise", "ValueError", "the result would be %s, which cannot be passed on" % error.what]
        except self.failures as error:
            # The check's own word, which the learner's code must not get to swallow.
            self.latch(Verdict("FAILED", str(error) or None))
        except Exception as error:
            return ["raise", type(error).__name__, str(error)[:2000]]

    def _reference(self, value):
        """How handles and callbacks go over the wire; plain values have no `_judge_wire_`."""
        make = getattr(type(value), "_judge_wire_", None)
        return None if make is None else make(value, self)

    def _send(self, message, clock):
        try:
            data = memoryview(wire.pack(wire.encode(message, self._reference)))
        except wire.TooLarge as error:
            # Made of what the learner's code returned, or so deep in a check that the author's own solution meets it too.
            self.latch(Verdict("FAILED", "what your code returned makes %s, which is too large to go on with" % error.what))
        except wire.Unplain as error:
            raise AuthorMistake("%s cannot be passed to the learner's code" % error.what) from None
        while data:
            try:
                data = data[self._socket.send(data, socket.MSG_DONTWAIT):]
            except BlockingIOError:
                self._wait(select.POLLOUT, clock)
            except OSError:
                self._died()

    def _receive(self, clock):
        unread = self._unread
        if len(unread) < 4:
            self._read_more(4, clock)
        size = _U32.unpack_from(unread)[0]
        if size > MESSAGE_BYTES_MAX:
            self.fault()
        end = 4 + size
        if len(unread) < end:
            self._read_more(end, clock)
        payload = bytes(memoryview(unread)[4:end])
        del unread[:end]
        try:
            message = wire.decode(payload)
        except wire.WireError:
            self.fault()
        return self._checked(message)

    def _read_more(self, size, clock):
        """Reads until at least that much is unread. The clock is looked at after each read that does not bring it, be it that
        the subject is silent or that it drips."""
        while True:
            try:
                part = self._socket.recv(max(READ_BYTES, min(size - len(self._unread), 1 << 20)))
            except BlockingIOError:
                self._wait(select.POLLIN, clock)
                continue
            except OSError:
                part = b""
            if not part:
                self._died()
            self._unread += part
            if len(self._unread) >= size:
                return
            self._look_at(clock)

    def _wait(self, event, clock):
        poll = select.poll()
        poll.register(self._socket, event)
        ready = False
        while not ready:
            # Also of a subject that is never silent for long.
            self._look_at(clock)
            ready = poll.poll(clock.seconds() * 1000)

    def _look_at(self, clock):
        why = clock.why_over()
        if why is not None:
            self.latch(Verdict("TIMED_OUT", "your code " + why))

    def _checked(self, message):
        if type(message) is not list or len(message) < 2 or type(message[0]) is not int \
                or type(message[1]) is not str or abs(message[0]) != self._number:
            self.fault()
        if message[0] < 0:
            # Some name of the learner's stands for something else now.
            self.names = {}
        kind, fields = message[1], message[2:]
        shape = SHAPES.get(kind)
        if shape is None or len(fields) < len(shape) or len(fields) > len(shape) + 1:
            self.fault()
        for field, expected in zip(fields, shape):
            if expected is not object and type(field) is not expected:
                self.fault()
        return Reply(kind, fields)

    def call_clock(self):
        return CallClock(self.limits["call_timeout_ms"], self._subjects_cpu_us)

    def _subjects_cpu_us(self):
        """Asks the agent, who asks the kernel."""
        parcel.send(self.control, {"op": "clock"})
        return self.expect("clock")[0]["cpu_us"]

    def _died(self):
        self.latch(Verdict("ERROR", "your code ended the whole program instead of returning", died=True))


current = Session()
