"""The kernel's notices of forbidden calls, with a real filter in a process of its own."""

import ctypes
import os
import select
import signal
import unittest

from agent import confine, parcel, watch


class Notices(unittest.TestCase):
    def under_filter(self, life):
        """Starts a child under the filter, which lives when it is told to; its listener, and the link to it."""
        ours, theirs = parcel.pair()
        pid = os.fork()
        if pid == 0:
            listener = confine.filter_calls_and_listen()
            parcel.send(theirs, {"told": listener is not None}, [] if listener is None else [listener])
            if listener is not None:
                os.close(listener)
                parcel.receive(theirs)
                life(theirs)
            os._exit(0)
        theirs.close()
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(self.kill, pid)
        self.addCleanup(ours.close)
        message, fds = parcel.receive(ours)
        if not message["told"]:
            self.skipTest("this kernel kills instead")
        return fds[0], ours

    def watch(self, listener):
        watched = watch.Watch(listener)
        self.addCleanup(watched.close)
        return watched

    @staticmethod
    def kill(pid):
        os.kill(pid, signal.SIGKILL)

    def assert_told(self, watched):
        poll = select.poll()
        poll.register(watched.fileno(), select.POLLIN)
        self.assertTrue(poll.poll(10_000), "nobody was told")
        self.assertGreater(watched.forget(), 0)

    def test_a_forbidden_call_is_told_and_not_made(self):
        listener, link = self.under_filter(lambda _link: ctypes.CDLL(None).ptrace(0, 0, None, None))
        watched = self.watch(listener)
        parcel.send(link, {"go": True})
        self.assert_told(watched)

    def test_a_call_that_a_signal_takes_back_before_anybody_looks_is_told_all_the_same(self):
        def life(link):
            signal.signal(signal.SIGALRM, lambda *_: None)
            call = ctypes.CDLL(None).ptrace
            signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
            for _ in range(5):
                call(0, 0, None, None)
            signal.setitimer(signal.ITIMER_REAL, 0)
            parcel.send(link, {"done": True})
            signal.pause()
        listener, link = self.under_filter(life)
        parcel.send(link, {"go": True})
        self.assertEqual(parcel.receive(link)[0], {"done": True})
        self.assert_told(self.watch(listener))

    def test_ordinary_calls_are_not_told(self):
        listener, link = self.under_filter(lambda link: [os.getpid(), parcel.send(link, {"done": True}), signal.pause()])
        watched = self.watch(listener)
        parcel.send(link, {"go": True})
        parcel.receive(link)
        self.assertEqual(watched.forget(), 0)

    def setUp(self):
        # The watcher's thread is woken by it when its watch is closed.
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: None))


if __name__ == "__main__":
    unittest.main()
