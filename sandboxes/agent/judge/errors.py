"""The learner's exceptions in the judge: made anew from a name, a message and a list of allowed base types."""

import builtins

ALLOWED = {
    "builtins." + name: getattr(builtins, name) for name in (
        "ArithmeticError", "ZeroDivisionError", "OverflowError", "FloatingPointError", "ValueError", "TypeError",
        "LookupError", "KeyError", "IndexError", "AttributeError", "NameError", "UnboundLocalError", "RuntimeError",
        "RecursionError", "NotImplementedError", "OSError", "FileNotFoundError", "FileExistsError", "PermissionError",
        "IsADirectoryError", "NotADirectoryError", "TimeoutError", "ConnectionError", "ConnectionRefusedError",
        "ConnectionResetError", "BrokenPipeError", "BlockingIOError", "ChildProcessError", "InterruptedError",
        "ProcessLookupError", "EOFError", "ImportError", "ModuleNotFoundError", "MemoryError", "BufferError",
        "ReferenceError")
}
# These need arguments of their own to be made; their base tells a check enough.
ALLOWED.update({"builtins.UnicodeError": ValueError})


class LearnerError(Exception):
    """Raised in a check when the learner's code raised. It is also a subclass of the builtin type, where that is allowed;
    SystemExit, KeyboardInterrupt, AssertionError, StopIteration and pytest's own outcomes never are."""

    type_name = ""
    message = ""
    names = ()
    place = None
    values = ()

    def __str__(self):
        return self.message

    def told(self):
        """For the learner: what was raised and where."""
        text = "your code raised " + self.type_name
        if self.message:
            text += ": " + self.message
        if self.place is not None:
            text += " (%s, line %d)" % self.place
        return text


def learner_error(fields):
    """The exception for a subject's `raised` answer. Nothing in it is trusted; it is text about text."""
    type_name, message, names, place, values = fields[:5]
    names = [name for name in names if type(name) is str][:32]
    base = next((ALLOWED[name] for name in names if name in ALLOWED), None)
    cls = type("LearnerError", (LearnerError,) if base is None else (LearnerError, base), {})
    error = cls(message)
    error.type_name = type_name[:200]
    error.message = message[:4000]
    error.names = tuple(names)
    error.values = tuple(values) if type(values) is list else (message,)
    if type(place) is list and len(place) == 2 and type(place[0]) is str and type(place[1]) is int:
        error.place = (place[0][:200], place[1])
    return error
