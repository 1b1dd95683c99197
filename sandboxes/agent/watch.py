"""The agent's end of the kernel's notices: each call that only an attack makes, told by the kernel and by nobody else.

The caller waits inside the call, which is never made; it is killed with the run. A caller may let a signal take it out of the
wait before anybody has looked, and then there is nothing to see any more. But every notice is counted, so a thread that waits
for the next one hears of those as well, which a poll would not.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import struct
import threading

RECEIVE, ANSWER = 0xC0502100, 0xC0182101
NOTICE_BYTES = 80
SYS_TGKILL = 234 if platform.machine() == "x86_64" else 131
# What probes of the self-check are answered, which no kernel would say by itself.
TOLD = errno.EOWNERDEAD

_libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Turns notices into bytes of a pipe, `fileno`, that an event loop can wait for."""

    def __init__(self, listener):
        self._listener = listener
        self._pipe, self._told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # Set while the self-check runs: probes go on after their call.
        self.answering = False
        self._closed = False
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def close(self):
        """For a listener that nobody is left to call upon; not every kernel wakes who waits for it."""
        self._closed = True
        while self._thread.is_alive():
            # By its number, which the kernel looks up: a thread may end by itself at any moment, and its handle is nothing then.
            _libc.syscall(SYS_TGKILL, os.getpid(), self._thread.native_id, signal.SIGUSR1)
            self._thread.join(0.001)
        os.close(self._pipe)
        os.close(self._told)

    def fileno(self):
        return self._pipe

    def forget(self):
        """How many notices came since the last look."""
        try:
            return len(os.read(self._pipe, 4096))
        except BlockingIOError:
            return 0

    def _live(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGUSR1})
        while not self._closed:
            notice = bytearray(NOTICE_BYTES)
            try:
                fcntl.ioctl(self._listener, RECEIVE, notice, True)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                if error.errno != errno.ENOENT or self._nobody_left():
                    break
                # One that was taken out of its call before we looked.
                notice = None
            if notice is not None and self.answering:
                self._answer(notice)
            try:
                os.write(self._told, b"!")
            except BlockingIOError:
                pass  # So many are untold that one more says nothing new.
        os.close(self._listener)

    def _answer(self, notice):
        try:
            fcntl.ioctl(self._listener, ANSWER, bytearray(struct.pack("=QqiI", *struct.unpack_from("=Q", notice), 0, -TOLD, 0)), True)
        except OSError:
            pass  # Its caller is gone.

    def _nobody_left(self):
        poll = select.poll()
        poll.register(self._listener, 0)
        return any(event & select.POLLHUP for _fd, event in poll.poll(0))
