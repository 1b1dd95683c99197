"""A run of checks of our own, before the first judge is forked.

It shows that pytest works, and loads all that a judge needs. And the interpreter fits code to its use once it has run a few
times: what is fitted before the fork is neither fitted again by each judge nor, page by page, copied for it.
"""

import importlib
import os
import socket
import sys

from .. import parcel, wire
from . import proxy
from .session import current

# In a cell of many runs; one run would not save what they cost.
FILES = 6
CHECKS = 4
LEARNER = "rehearsed_by_the_template"
SOURCE = '''"""Checks of our own."""
from judge import rng

import {learner}


def same(a, b):
    return type(a) is type(b) and a == b


'''
CHECK = '''def test_{name}():
    for number in (rng.randrange(5), 2):
        actual = {learner}.same(number, key=[1.5, "a"])
        assert actual is not None, "there should be an answer"
        assert same(actual, 7), f"it was {{actual!r}}"
    assert {learner}.same({{"a": (None, True)}}) == {expected}, f"it was {{actual!r}} at the end"


'''


def rehearse(folder, files, run):
    """Runs the checks by `run(paths, declared)`, with sockets that hold already what the agent and the subjects will say."""
    agent, current.control = parcel.pair()
    paths, declared, subjects = [], [], []
    finders, modules = list(sys.meta_path), set(sys.modules)
    parcel.send(agent, {"op": "go"})
    for number in range(files):
        paths.append(os.path.join(folder, "test_rehearsal_%d.py" % number))
        with open(paths[-1], "w") as out:
            out.write(SOURCE.format(learner=LEARNER))
            for index in range(CHECKS):
                name = "%d_%d" % (number, index)
                out.write(CHECK.format(name=name, learner=LEARNER, expected=8 if index == 0 else 7))
                declared.append({"id": "test_" + name})
                subjects.append(_subject(agent, 4 * (number * CHECKS + index)))
    try:
        proxy.install({LEARNER})
        run(paths, declared)
        told = [_report(agent) for _ in declared]
    finally:
        for sock in (*subjects, agent, current.control):
            sock.close()
        current.__init__()
        sys.meta_path[:] = finders
        for name in set(sys.modules) - modules:
            if name == LEARNER or name.startswith("test_rehearsal_"):
                del sys.modules[name]
        for path in paths:
            os.unlink(path)
        importlib.invalidate_caches()
    if told != ["FAILED" if index % CHECKS == 0 else "PASSED" for index in range(len(declared))]:
        raise RuntimeError("pytest does not work: %s" % told)


def _subject(agent, before):
    """A subject that has said all it has to say: what its name stands for, and three results."""
    ours, theirs = socket.socketpair()
    ours.sendall(wire.pack(wire.encode([before + 1, "handle", 1, "function", False, True])))
    for number in range(2, 5):
        ours.sendall(wire.pack(wire.encode([before + number, "value", 7, []])))
    parcel.send(agent, {"op": "subject"}, [theirs.fileno()])
    theirs.close()
    parcel.send(agent, {"op": "next"})
    return ours


def _report(agent):
    while True:
        message, _fds = parcel.receive(agent)
        if message["op"] == "report":
            return message["status"]
        if message["op"] == "faulty":
            raise RuntimeError(message["diagnosis"])
