"""The time of one call: the subject's CPU time is the limit, so that a busy machine blames nobody; wall time is the back-stop
that catches who sleeps."""

import time

# As with the limits of a run: wall time may be this many times the CPU time.
WALL_FACTOR = 3
# A cell never gets more CPUs than this, so a call cannot have used its time before its CPU time divided by it.
CPUS_MAX = 2
LOOK_SECONDS_MIN = 0.010


class CallClock:
    """`ask()` gives the CPU microseconds that subjects of this run have used; it is asked only of calls that take long."""

    def __init__(self, limit_ms, ask):
        now = time.monotonic()
        self._limit_ms = limit_ms
        self._ask = ask
        self._begun_us = None
        self._wall_until = now + limit_ms * WALL_FACTOR / 1000
        self._look_at = now + limit_ms / 10_000

    def seconds(self):
        """How long to wait before `why_over` is to be asked."""
        return max(0.0, min(self._look_at, self._wall_until) - time.monotonic())

    def pause(self, seconds):
        """The judge was at work meanwhile."""
        self._wall_until += seconds
        self._look_at += seconds

    def why_over(self):
        """None while there is time left, and else what was too much."""
        now = time.monotonic()
        if now >= self._wall_until:
            return "gave no answer within %d ms" % (self._limit_ms * WALL_FACTOR)
        if now >= self._look_at:
            used_us = self._ask()
            if self._begun_us is None:
                # What a call used before the first look is in its favour.
                self._begun_us = used_us
            left_ms = self._limit_ms - (used_us - self._begun_us) / 1000
            if left_ms <= 0:
                return "used more than %d ms of CPU time in one go" % self._limit_ms
            self._look_at = now + max(LOOK_SECONDS_MIN, left_ms / 1000 / CPUS_MAX)
        return None
