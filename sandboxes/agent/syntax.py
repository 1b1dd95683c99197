"""Says whether the learner's files can be graded at all. The first check's subject does it, before it serves: a parser that
reads hostile text is not for a trusted process. No learner code runs."""

import base64
import os
import warnings

from . import wire


def warm_up():
    """Compiles once, and fails once, so that both ways are loaded."""
    _fault("warm.py", b"x = 1\n")
    _fault("warm.py", b"x = = 1\n")


def report(wire_fd, files, language):
    """Writes one packed value to the wire: None, or the sentence for the learner."""
    data = wire.pack(wire.encode(judge(files, language)))
    while data:
        data = data[os.write(wire_fd, data):]


def judge(files, language):
    """None, or the sentence for the learner."""
    sources = [(file["path"], base64.b64decode(file["content_b64"])) for file in files
               if language != "python" or file["path"].endswith(".py")]
    if sources and all(not source.strip() for _path, source in sources):
        return "%s is empty" % sources[0][0]
    if language != "python":
        return None
    for path, source in sources:
        fault = _fault(path, source)
        if fault is not None:
            return fault if len(sources) == 1 else "%s, %s" % (path, fault)
    return None


def _fault(path, source):
    """What is wrong with one file, starting with the line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return "line %d: %s" % (error.lineno or 1, error.msg)
    except UnicodeDecodeError:
        return "line 1: the file is not UTF-8 text"
    except ValueError as error:
        return "line 1: %s" % error
    except (RecursionError, MemoryError):
        return "line 1: the code is nested too deeply to be read"
    return None
