"""From a fork of the zygote to a process that holds a learner's code: descriptors, rights, files, then the mode.

Descriptors handed over, in order: the memory file with the learner's files, stdin, stdout, stderr, and, in the modes
`serve` and `probe`, the wire.
"""

import base64
import os
import random
import resource
import sys

from . import confine, parcel, probes, program, serving, syntax

FOLDER = "/work/run"
WIRE_FD = 3
BOOT_FD = 4
# The exit code of a subject that never got as far as the learner's code: ours, not theirs.
EXIT_BROKEN = 125
# After so many runs of a function the interpreter has fitted its code to what it is used for.
REHEARSALS = 24
REHEARSED = "rehearsed_by_the_zygote"


def warm_up(reusable):
    """Touches everything a subject needs, so that no import happens between fork and the learner's code, and does what is the
    same for all subjects: each page that a fork writes to is copied for it, at a few microseconds. A cell of one run would spend
    more on many rehearsals than they save."""
    serving.warm_up()
    syntax.warm_up()
    program.warm_up()
    _fresh_streams()
    for _ in range(REHEARSALS if reusable else 1):
        _rehearse()
    _forget_the_agent()


def _rehearse():
    """Does with a file of our own what a subject does with the learner's. Code that is fitted to its use before the fork is not
    written to after it, in each subject anew; and the import system knows the folder already."""
    source = base64.b64encode(b"def same(*values):\n    return values[0]\n").decode()
    boot = parcel.memory_file({"files": [{"path": REHEARSED + ".py", "content_b64": source}], "language": "python"})
    ours, theirs = parcel.pair()
    with ours, theirs:
        parcel.send(ours, {"op": "spawn"}, [boot])
        _message, fds = parcel.receive(theirs)
    content = parcel.read_memory_file(fds[0])
    for fd in (boot, *fds):
        os.close(fd)
    confine.limit(resource.RLIMIT_CORE, 0)
    before = os.getcwd()
    _lay_files(content["files"])
    syntax.judge(content["files"], content["language"])
    serving.rehearse(FOLDER, REHEARSED)
    os.chdir(before)
    sys.path.remove(FOLDER)
    del sys.modules[REHEARSED]
    os.unlink(os.path.join(FOLDER, REHEARSED + ".py"))
    os.rmdir(FOLDER)
    sys.path_importer_cache[FOLDER].invalidate_caches()


def live(link, uid, zygote_pid):
    """A subject's whole life; never returns. Anything that fails before the learner's code runs ends with EXIT_BROKEN.

    Everything that does not depend on the run is done before the wait, so that it costs the run nothing."""
    confine.prepare_subject(zygote_pid)
    message, fds = parcel.receive(link)
    if message is None:
        os._exit(0)
    link.detach()
    boot, stdin, stdout, stderr = fds[:4]
    wire = fds[4] if len(fds) > 4 else None
    _arrange([stdin, stdout, stderr, wire, boot])
    confine.confine_subject(uid, zygote_pid, message["limits"])
    content = parcel.read_memory_file(BOOT_FD)
    os.close(BOOT_FD)
    _lay_files(content["files"])
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    mode = message["mode"]
    if mode == "serve":
        if message.get("compile"):
            syntax.report(WIRE_FD, content["files"], content["language"])
        serving.Server(WIRE_FD, FOLDER).serve()
    elif mode == "probe":
        probes.report(WIRE_FD, message["limits"]["pids"], message["around"])
    else:
        program.run(FOLDER, content["entry"], content["args"])
    os._exit(0)


def _arrange(wanted):
    """Puts the descriptors at 0, 1, 2, 3, 4 and closes every other one."""
    parked = []
    for fd in wanted:
        parked.append(None if fd is None else os.dup2(fd, 100 + len(parked), False))
    for number, fd in enumerate(parked):
        if fd is None:
            if number <= BOOT_FD:
                _close_quietly(number)
        else:
            os.dup2(fd, number, True)
    os.set_inheritable(BOOT_FD, False)
    if wanted[WIRE_FD] is not None:
        os.set_inheritable(WIRE_FD, False)
    os.closerange(BOOT_FD + 1, confine.NOFILE_MAX * 8)


def _close_quietly(fd):
    try:
        os.close(fd)
    except OSError:
        pass


def _lay_files(files):
    """Writes the learner's files as the learner's own. A second process of the same check finds them as they are."""
    try:
        os.mkdir(FOLDER)
    except FileExistsError:
        pass
    os.chdir(FOLDER)
    for file in files:
        if os.path.exists(file["path"]):
            continue
        folder = os.path.dirname(file["path"])
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(file["path"], "wb") as out:
            out.write(base64.b64decode(file["content_b64"]))
    sys.path.insert(0, FOLDER)


def _fresh_streams():
    """Text streams over descriptors 0 to 2. Lines go out as they are written, as a terminal would show them.

    The streams look at their descriptor once, when they are made: a pipe stands in for the one that comes later."""
    kept = [os.dup(fd) for fd in range(3)]
    read_end, write_end = os.pipe()
    for fd, end in ((0, read_end), (1, write_end), (2, write_end)):
        os.dup2(end, fd)
    os.close(read_end)
    os.close(write_end)
    sys.stdin = sys.__stdin__ = open(0, "r", encoding="utf-8", errors="replace", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors="surrogateescape", buffering=1, closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    for fd, own in enumerate(kept):
        os.dup2(own, fd)
        os.close(own)


def _forget_the_agent():
    """The learner may have a module of the same name as one of ours."""
    for name in [name for name in sys.modules if name == "agent" or name.startswith("agent.")]:
        del sys.modules[name]
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [path for path in sys.path if path != ours]
    sys.path_importer_cache.pop(ours, None)
    sys.argv = [""]
    os.environ.clear()
    os.environ.update({"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": FOLDER, "LANG": "C.UTF-8", "TMPDIR": "/tmp",
                       "PYTHONDONTWRITEBYTECODE": "1"})
