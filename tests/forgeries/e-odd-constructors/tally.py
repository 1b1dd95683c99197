def total(numbers):
    error = UnicodeDecodeError("utf-8", b"x", 0, 1, "no reason")
    error.args = ()
    raise error


def evens(numbers):
    raise ExceptionGroup("several", [ValueError(1), ExceptionGroup("inner", [KeyError(2)])])


def count_words(text):
    error = OSError(2, "No such file", "name", None, "other")
    error.args = (object(), "x", 3, 4, 5, 6, 7)
    error.errno = "two"
    raise error


def deadline(start, days):
    error = SyntaxError("no", ("file", float("nan"), -1, "text"))
    error.filename, error.lineno = object(), "first"
    raise error


def rank(scores):
    raise ImportError("no", name=5, path=object())
