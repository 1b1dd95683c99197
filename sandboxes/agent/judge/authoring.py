"""The check authors' library. Everything here speaks to the current check's subject."""

import base64
import os
import re
import select

from .. import parcel, wire
from .errors import LearnerError
from .proxy import Handle, Mutable, Name, brief, call, is_handle, isinstance_exactly, result_of
from .session import AuthorMistake, Verdict, current

PROGRAM_OUTPUT_BYTES_MAX = 1024 * 1024


def mutable(value):
    """Marks an argument that the learner's function may change; `value` itself holds the changes after the call."""
    return Mutable(value)


class _ObjectCall:
    """A learner's function whose result is wanted as a handle."""

    def __init__(self, target):
        self._target = target.resolved() if isinstance_exactly(target, Name) else target

    def __call__(self, *args, **kwargs):
        return call(self._target, args, kwargs, "object")


def obj(target):
    """`obj(module.f)(..)`: a handle on what the call returns, instead of a plain value."""
    if not is_handle(target) and not isinstance_exactly(target, Name):
        current.misused("%s was found where a function of yours was expected" % brief(target),
                        "obj() takes a function of the learner's: obj(module.f)(..)")
    return _ObjectCall(target)


def special(handle, name, *args):
    """`special(stack, "__len__")`: the type's special method, whose result must not be decided by Python in the judge."""
    return result_of(current.request("special", handle, name, list(args)), name)


class _Callback:
    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)

    def _judge_wire_(self, session):
        if self._function not in session.callbacks:
            session.callbacks.append(self._function)
        return wire.reference_bytes(b"C", session.callbacks.index(self._function))


def callback(function):
    """A judge function that the learner's code may call with plain values, and can do nothing else with."""
    return _Callback(function)


class _Library:
    """An object of this library's: a name that it lacks is a slip in the check, whatever the learner's code does."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AuthorMistake("%s has no %r" % (type(self).__name__, name))


class raises(_Library):
    """`with raises(ValueError, match="..") as caught:` for exceptions of the learner's code, and only of it.

    Takes a builtin exception type, a learner's exception class, or a type's name. `caught.message` and `caught.type_name`
    tell what was raised; `caught.value`, `caught.type` and `caught.match(..)` are as pytest's."""

    def __init__(self, expected, match=None):
        if not isinstance(expected, (str, type, Handle)) or isinstance(expected, type) and not issubclass(
                expected, BaseException):
            current.misused("%s was found where an exception class of yours was expected" % brief(expected),
                            "raises() takes an exception class, the learner's own class, or a name")
        self.expected = expected
        self.message = None
        self.type_name = None
        self.value = None
        self.type = None
        self._pattern = match

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if kind is None:
            raise AssertionError("%s was expected to be raised" % self._name())
        if not isinstance(error, LearnerError) or not self._matches(error):
            return False
        self.message, self.type_name = error.message, error.type_name
        self.value, self.type = error, kind
        if self._pattern is not None:
            self.match(self._pattern)
        return True

    def match(self, pattern):
        """Fails the check when the message does not hold the pattern."""
        if not re.search(pattern, self.message):
            raise AssertionError("%s was raised with another message" % self._name())
        return True

    def _name(self):
        if isinstance(self.expected, str):
            return self.expected
        if isinstance(self.expected, type):
            return self.expected.__name__
        return self.expected._judge_describe() if isinstance(self.expected, Name) else str(self._path().split(".")[-1])

    def _path(self):
        target = self.expected.resolved() if isinstance_exactly(self.expected, Name) else self.expected
        fields = [result_of(current.request("get", target, name)) for name in ("__module__", "__qualname__")]
        if not all(type(field) is str for field in fields):
            current.fault()
        return ".".join(fields)

    def _matches(self, error):
        if isinstance(self.expected, str):
            return any(name.split(".")[-1] == self.expected for name in error.names)
        if type(self.expected) is type or isinstance(self.expected, type):
            return isinstance(error, self.expected)
        return self._path() in error.names


class Finished(_Library):
    """How a program run by `subject.run` ended."""

    def __init__(self, exit_code, stdout, stderr):
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr

    def __repr__(self):
        return "<exit code %s, stdout %r>" % (self.exit_code, self.stdout[:500])


class _Subject(_Library):
    """`subject`: what a check may do beside importing the learner's modules."""

    def run(self, stdin="", args=(), entry="main.py"):
        """Runs a file as a program of its own; `.exit_code` (negative: the signal), `.stdout`, `.stderr`."""
        current.request("ping")
        current.programs += 1
        number = current.programs
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        parcel.send(current.control, {"op": "program", "number": number, "entry": entry,
                                      "args": [str(arg) for arg in args]}, theirs)
        for fd in theirs:
            os.close(fd)
        data = stdin.encode() if isinstance(stdin, str) else bytes(stdin)
        try:
            return _converse(number, pipes[0][1], pipes[1][0], pipes[2][0], data)
        finally:
            for fd in (pipes[1][0], pipes[2][0]):
                os.close(fd)

    def exec(self, code, **values):
        """Runs author code in the subject and returns the plain value of its variable `result`."""
        return result_of(current.request("exec", code, values), "the check's code")

    def run_async(self, target, *args, **kwargs):
        """Awaits a coroutine function of the learner's, in an event loop of its own in the subject."""
        return result_of(current.request("await", target, list(args), kwargs, "plain"), "the coroutine")

    def provide(self, module, **functions):
        """Puts a module of that name into the subject, before the learner's code imports it."""
        wrapped = {name: value if isinstance(value, _Callback) else callback(value) if callable(value) else value
                   for name, value in functions.items()}
        result_of(current.request("provide", module, wrapped))

    def restart(self):
        """A fresh subject: nothing that happened in this check is left, and handles are void."""
        current.restart_subject()

    def write(self, path, content):
        """Writes a file beside the learner's files."""
        data = content.encode() if isinstance(content, str) else bytes(content)
        self.exec("import os, base64\n"
                  "os.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n"
                  "with open(path, 'wb') as file: file.write(base64.b64decode(data))",
                  path=path, data=base64.b64encode(data))

    def read(self, path):
        """The bytes of a file in the subject's folder, or None when there is none."""
        return self.exec("import os\nresult = None\nif os.path.isfile(path):\n"
                         "    with open(path, 'rb') as file: result = file.read(%d)" % (4 * 1024 * 1024), path=path)


subject = _Subject()


def _converse(number, stdin, stdout, stderr, data):
    """Feeds and reads a program until it is gone, within the limit of one call."""
    for fd in (stdin, stdout, stderr):
        os.set_blocking(fd, False)
    clock = current.call_clock()
    poll = select.poll()
    control = current.control.fileno()
    outputs = {stdout: bytearray(), stderr: bytearray()}
    for fd in (control, stdout, stderr):
        poll.register(fd, select.POLLIN)
    poll.register(stdin, select.POLLOUT)
    try:
        while number not in current.ended:
            ready = poll.poll(clock.seconds() * 1000)
            why = clock.why_over()
            if why is not None:
                current.latch(Verdict("TIMED_OUT", "your program " + why.replace("gave no answer", "did not end")))
            for fd, _event in ready:
                if fd == stdin:
                    data = _feed(stdin, data)
                    if not data:
                        poll.unregister(stdin)
                        os.close(stdin)
                        stdin = None
                elif fd == control:
                    message, _fds = parcel.receive(current.control)
                    if message is None:
                        os._exit(0)
                    if message["op"] == "exited":
                        current.ended[message["number"]] = message["status"]
                elif not _take(fd, outputs[fd]):
                    poll.unregister(fd)
    finally:
        if stdin is not None:
            os.close(stdin)
    for fd, output in outputs.items():
        while _take(fd, output):
            pass
    status = current.ended.pop(number)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return Finished(code, *(bytes(outputs[fd]).decode("utf-8", "replace") for fd in (stdout, stderr)))


def _feed(fd, data):
    """The rest of the input after what the program takes now."""
    try:
        return data[os.write(fd, data[:65536]):] if data else data
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return b""


def _take(fd, output):
    """Reads what is there; False when nothing more is to come now."""
    try:
        part = os.read(fd, 65536)
    except OSError:
        return False
    output += part
    if len(output) > PROGRAM_OUTPUT_BYTES_MAX:
        current.latch(Verdict("FAILED", "your program printed more than %d KiB" % (PROGRAM_OUTPUT_BYTES_MAX // 1024)))
    return bool(part)
