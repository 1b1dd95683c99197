"""The judge template: a warm interpreter with pytest imported. A judge is forked from it for each run.

It has the judge's uid and no capability. It never meets a subject: only the judges forked from it do. In a reusable cell a
judge is the first process of namespaces of its own, and what it writes or starts ends with it.
"""

import gc
import importlib
import os
import select
import signal
import sys

from . import confine, namespaces, parcel

CHECKS_FOLDER = "/tmp/judge"


def main(control, uid, agent_pid, reusable):
    """The template's whole life, in the process that was just forked for it."""
    confine.confine_judge(uid, agent_pid)
    sys.dont_write_bytecode = True
    os.environ.clear()
    os.environ.update({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    # Authors write `from judge import ..`; that name is this package's, whatever lies on the path.
    sys.modules["judge"] = importlib.import_module("agent.judge")
    runner = importlib.import_module("agent.judge.runner")
    os.mkdir(CHECKS_FOLDER, 0o700)
    runner.warm_up(CHECKS_FOLDER, reusable)
    gc.collect()
    gc.freeze()
    _serve(control, runner, uid if reusable else None)


def _serve(control, runner, apart):
    wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    parcel.send(control, {"op": "warm"})
    while True:
        ready = {fd for fd, _event in poll.poll()}
        if wake_read in ready:
            os.read(wake_read, 4096)
            _reap(control)
        if control.fileno() in ready:
            message, fds = parcel.receive(control)
            if message is None:
                os._exit(0)
            _fork_judge(control, runner, fds, apart)


def _fork_judge(control, runner, fds, apart):
    """`apart`: the judge's uid where it gets namespaces of its own."""
    template_pid = os.getpid()
    pid = os.fork() if apart is None else namespaces.fork_judge(apart)
    if pid == 0:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            if apart is None:
                confine.die_with_parent(template_pid)
            else:
                namespaces.furnish_judge(CHECKS_FOLDER)
            confine.hide()
            code = runner.judge(fds[0], fds[1], CHECKS_FOLDER)
        finally:
            os._exit(code)
    for fd in fds:
        os.close(fd)
    parcel.send(control, {"op": "forked", "pid": pid})


def _reap(control):
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        parcel.send(control, {"op": "exited", "pid": pid, "status": status})
