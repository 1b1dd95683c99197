"""Mode `program`: runs the learner's entry file as `python entry args` would, in this already warm process."""

import atexit
import os
import sys
import threading
import traceback
import types


def warm_up():
    """Loads what only the end of a program would load."""
    try:
        raise ValueError("warm")
    except ValueError as error:
        traceback.format_exception(type(error), error, error.__traceback__)
    exec(compile("pass", "warm", "exec"), {})


def run(folder, entry, args):
    """Never returns: the exit code is the program's."""
    path = os.path.join(folder, entry)
    sys.argv = [entry] + list(args)
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    sys.path[0] = os.path.dirname(path)
    code = _execute(path, main.__dict__)
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        code = code or 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            code = code or 120
    os._exit(code & 0xFF)


def _execute(path, namespace):
    try:
        with open(path, "rb") as file:
            source = file.read()
        compiled = compile(source, path, "exec")
    except OSError as error:
        print("can't open file %r: %s" % (path, error.strerror), file=sys.stderr)
        return 2
    except (SyntaxError, ValueError) as error:
        traceback.print_exception(type(error), error, None)
        return 1
    try:
        exec(compiled, namespace)
    except SystemExit as error:
        return _exit_code(error.code)
    except BaseException as error:
        # The first frame is this file's; a learner sees only their own.
        shown = error.__traceback__.tb_next
        try:
            traceback.print_exception(type(error), error, shown)
        except BaseException:
            print(type(error).__name__, file=sys.stderr)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code)
    print(code, file=sys.stderr)
    return 1
