"""The kernel's notices of forbidden calls, with a real filter in a process of its own."""

import ctypes
import os
import select
import signal
import unittest

from agent import confine, parcel, watch


class Notices(unittest.TestCase):
    def watched(self, life):
        """Runs `life` in a child under the filter, and gives the watch over it."""
        ours, theirs = parcel.pair()
        pid = os.fork()
        if pid == 0:
            listener = confine.filter_calls_and_listen()
            parcel.send(theirs, {"told": listener is not None}, [] if listener is None else [listener])
            if listener is not None:
                os.close(listener)
                parcel.receive(theirs)
                life()
            os._exit(0)
        theirs.close()
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(self.kill, pid)
        message, fds = parcel.receive(ours)
        if not message["told"]:
            self.skipTest("this kernel kills instead")
        watched = watch.Watch(fds[0])
        self.addCleanup(ours.close)
        self.addCleanup(watched.close)
        return watched, ours

    @staticmethod
    def kill(pid):
        os.kill(pid, signal.SIGKILL)

    def assert_told(self, watched):
        poll = select.poll()
        poll.register(watched.fileno(), select.POLLIN)
        self.assertTrue(poll.poll(10_000), "nobody was told")
        self.assertGreater(watched.forget(), 0)

    def test_a_forbidden_call_is_told_and_not_made(self):
        watched, link = self.watched(lambda: ctypes.CDLL(None).ptrace(0, 0, None, None))
        parcel.send(link, {"go": True})
        self.assert_told(watched)

    def test_a_call_that_a_signal_takes_back_is_told_all_the_same(self):
        def life():
            signal.signal(signal.SIGALRM, lambda *_: None)
            for _ in range(20):
                signal.setitimer(signal.ITIMER_REAL, 1e-4)
                ctypes.CDLL(None).ptrace(0, 0, None, None)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.pause()
        watched, link = self.watched(life)
        parcel.send(link, {"go": True})
        self.assert_told(watched)

    def test_ordinary_calls_are_not_told(self):
        watched, link = self.watched(lambda: [os.getpid(), parcel.send(self.done[1], {"done": True}), signal.pause()])
        parcel.send(link, {"go": True})
        parcel.receive(self.done[0])
        self.assertEqual(watched.forget(), 0)

    def setUp(self):
        self.done = parcel.pair()
        for end in self.done:
            self.addCleanup(end.close)
        # The watcher's thread is woken by it when its watch is closed.
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: None))


if __name__ == "__main__":
    unittest.main()
