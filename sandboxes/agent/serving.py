"""Mode `serve`: the subject's side of the judge's proxy. It imports the learner's files and does what the judge asks.

Nothing here is a wall: the learner's code shares this process and may change or imitate any of it. It can at most make
up "a plain value that this call returned", which it could have returned anyway. The walls are in judge/ and in the kernel.
"""

import asyncio
import importlib
import operator
import os
import socket
import struct
import sys
import threading
import types

from . import wire

_U32 = struct.Struct(">I")
MESSAGE_CHARS_MAX = 4000
READ_BYTES = 65536
COMPARISONS = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    **{name: getattr(operator, name) for name in (
        "add", "sub", "mul", "truediv", "floordiv", "mod", "and_", "or_", "xor", "matmul")},
    "isinstance": isinstance, "issubclass": issubclass, "is": operator.is_,
}


def warm_up():
    asyncio.new_event_loop().close()


def rehearse(folder, module):
    """Serves a function `same` of a module as a judge would have it served."""
    path = wire.Path((module, "same"))
    ours, theirs = socket.socketpair()
    server = Server(theirs.detach(), folder)
    with ours:
        for request in ([1, "path", path], [2, "call", path, [1.5], {}, "plain", []],
                        [3, "call", path, [["a", 1], {"k": (1, None)}], {}, "plain", []]):
            ours.sendall(wire.pack(wire.encode(request)))
            server.serve_one()
            answer = ours.recv(READ_BYTES)
            if wire.decode(answer[4:])[1] not in ("handle", "value"):
                raise RuntimeError("a subject does not serve: %r" % answer)
    server.close()


class Server:
    """One subject's objects, and the loop that serves the judge."""

    def __init__(self, fd, folder):
        self._socket = socket.socket(fileno=fd)
        self._folder = folder
        self._unread = bytearray()
        self._objects = {}
        self._next_object = 1
        # What the judge knows names of modules to stand for: (module, name) and the object.
        self._known = {}
        self._path = ()
        self._call = 0
        self._unresolved = None
        self._callback_lock = threading.Lock()

    def serve(self):
        while self.serve_one():
            pass
        self._flush()
        os._exit(0)

    def close(self):
        self._socket.close()

    def serve_one(self):
        """Does what the judge asks next; False when it asks for nothing more."""
        payload = self._read()
        if payload is None:
            return False
        self._unresolved = None
        request = wire.decode(payload, self._resolve)
        self._call = request[0]
        answer = self._answer(request)
        self._flush()
        self._call = 0
        self._socket.sendall(wire.pack(answer))
        return True

    def _flush(self):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass

    def _read(self):
        unread = self._unread
        while True:
            if len(unread) >= 4:
                end = 4 + _U32.unpack_from(unread)[0]
                if len(unread) >= end:
                    payload = bytes(unread[4:end])
                    del unread[:end]
                    return payload
            part = self._socket.recv(READ_BYTES)
            if not part:
                return None
            unread += part

    def _write(self, message):
        self._socket.sendall(wire.pack(wire.encode(message)))

    # Names that the judge uses -------------------------------------------------------------------------------------

    def _resolve(self, tag, number):
        if tag == b"H":
            return self._objects[number]
        if tag == b"C":
            return self._callback(number)
        self._path = number
        try:
            value = importlib.import_module(number[0])
            for name in number[1:]:
                value = getattr(value, name)
        except BaseException as error:
            # Told in the answer: what the learner's import raises must not end the decoding.
            self._unresolved = error
            return None
        return value

    def _callback(self, number):
        def callback(*args, **kwargs):
            with self._callback_lock:
                if not self._call:
                    raise RuntimeError("this function works only while the call that got it is running")
                self._write([self._call, "callback", number, list(args), kwargs])
                payload = self._read()
                if payload is None:
                    os._exit(0)
                reply = wire.decode(payload, self._resolve)
            if reply[1] == "raise":
                raise _builtin_exception(reply[2])(reply[3])
            return reply[2]
        return callback

    def _describe(self, value):
        """A handle: its number and what the judge may know of it."""
        number = self._next_object
        self._next_object += 1
        self._objects[number] = value
        return ["handle", number, type(value).__name__, isinstance(value, type), callable(value)]

    # Requests ------------------------------------------------------------------------------------------------------

    def _answer(self, request):
        """The encoded answer to one request, whatever the learner's code does."""
        number, operation = request[:2]
        try:
            if self._unresolved is not None:
                raise self._unresolved
            reply = getattr(self, "_do_" + operation)(*request[2:])
            number = self._signed(number)
            return wire.encode([number] + reply)
        except wire.Unplain as error:
            reply = ["unplain", error.what]
        except BaseException as error:
            reply = self._raised(error)
        return wire.encode([number if number < 0 else self._signed(number)] + reply)

    def _signed(self, number):
        """The number of the request, negative when a name that the judge knows stands for something else now."""
        try:
            for (module, name), value in self._known.items():
                if sys.modules[module].__dict__[name] is not value:
                    break
            else:
                return number
        except BaseException:
            # It is gone, or was never more than what the module's own __getattr__ gives.
            pass
        self._known.clear()
        return -number

    def _result(self, value, mode):
        """mode: `plain` must be a plain value, `object` is a handle always, `either` is a value where possible."""
        if mode == "object":
            return self._describe(value)
        if mode == "either":
            try:
                wire.encode(value)
            except wire.Unplain:
                return self._describe(value)
        return ["value", value]

    def _do_ping(self):
        return ["value", None]

    def _do_path(self, target):
        if len(self._path) == 2 and callable(target):
            self._known[self._path] = target
        return self._result(target, "either")

    def _do_call(self, target, args, kwargs, mode, mutable):
        if mode == "plain" and isinstance(target, type):
            mode = "object"
        value = target(*args, **kwargs)
        reply = self._result(value, mode)
        return reply + [[args[key] if isinstance(key, int) else kwargs[key] for key in mutable]]

    def _do_await(self, target, args, kwargs, mode):
        async def main():
            return await target(*args, **kwargs)
        return self._result(asyncio.run(main()), mode)

    def _do_get(self, target, name):
        return self._result(getattr(target, name), "either")

    def _do_set(self, target, name, value):
        setattr(target, name, value)
        return ["value", None]

    def _do_delete(self, target, name):
        delattr(target, name)
        return ["value", None]

    def _do_compare(self, name, left, right):
        return self._result(COMPARISONS[name](left, right), "plain")

    def _do_special(self, target, name, args):
        return self._result(getattr(type(target), name)(target, *args), "either")

    def _do_iterate(self, target):
        return self._describe(iter(target))

    def _do_next(self, target):
        try:
            value = next(target)
        except StopIteration:
            return ["stop"]
        return self._result(value, "either")

    def _do_exec(self, code, values):
        namespace = dict(values)
        namespace["__name__"] = "__judge__"
        exec(compile(code, "<check>", "exec"), namespace)
        return self._result(namespace.get("result"), "plain")

    def _do_provide(self, name, functions):
        module = types.ModuleType(name)
        module.__dict__.update(functions)
        sys.modules[name] = module
        return ["value", None]

    # Exceptions ----------------------------------------------------------------------------------------------------

    def _raised(self, error):
        try:
            message = str(error)[:MESSAGE_CHARS_MAX]
        except BaseException:
            message = ""
        names = ["%s.%s" % (cls.__module__, cls.__qualname__) for cls in type(error).__mro__][:32]
        try:
            args = list(error.args)
            wire.encode(args)
        except BaseException:
            args = None
        return ["raised", type(error).__name__[:200], message, names, self._place(error), args]

    def _place(self, error):
        """File and line of the learner's innermost frame."""
        place = None
        trace = error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name.startswith(self._folder + "/"):
                place = [name[len(self._folder) + 1:], trace.tb_lineno]
            trace = trace.tb_next
        if place is None and isinstance(error, SyntaxError) and str(error.filename).startswith(self._folder):
            place = [os.path.basename(error.filename), error.lineno or 1]
        return place


def _builtin_exception(name):
    """The builtin exception of that name, for what a judge's callback raised."""
    import builtins
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError
