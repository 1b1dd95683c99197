"""What a check holds in place of the learner's modules and objects.

A handle never answers for the learner: no comparison, truth, length, hash or membership of it is decided by the
learner's code against a value of the judge's. Between two handles a comparison is forwarded and must yield a plain value.
"""

import sys
import types

from .. import wire
from .errors import learner_error
from .session import AuthorMistake, Verdict, current


def refused_name(name):
    """Names that pytest and Python look up on anything they meet; they never mean the learner's attribute."""
    return name.startswith("__") or name.startswith("_pytest") or name == "pytestmark"


def result_of(reply, called=None):
    """What a check gets for an answer: a plain value, a handle, or the exception that it tells of."""
    if reply.kind == "value":
        return reply.fields[0]
    if reply.kind == "handle":
        return handle(reply.fields, current.generation)
    if reply.kind == "unplain":
        what = "%s returned %s" % (called, reply.fields[0]) if called else "your code gave %s" % reply.fields[0]
        current.latch(Verdict("FAILED", what + " where a plain value was expected"))
    if reply.kind == "raised":
        raise learner_error(reply.fields)
    current.fault()


def named(path):
    """What a name of the learner's stands for: a plain value, or a handle.

    What can be called is asked for once for as long as the name stands for it; the subject says when it does no more. One that
    does not say so fools nobody but itself: it is asked to call an object that it may make anything of."""
    known = current.names
    found = known.get(path)
    if found is not None:
        current.raise_latched()
        return found
    reply = current.request("path", wire.Path(path))
    value = result_of(reply)
    if is_handle(value):
        object.__setattr__(value, "_judge_label", path[-1])
        if reply.fields[3]:
            # Of no use, as it should be, when this very answer tells of a change: that made a new `names`.
            known[path] = value
    return value


def call(target, args, kwargs, mode):
    """Calls in the subject. Arguments are copied in; those marked `mutable` are copied back."""
    marked = [(index, arg) for index, arg in enumerate(args) if type(arg) is Mutable]
    marked += [(key, arg) for key, arg in kwargs.items() if type(arg) is Mutable]
    plain_args = [arg.value if type(arg) is Mutable else arg for arg in args]
    plain_kwargs = {key: arg.value if type(arg) is Mutable else arg for key, arg in kwargs.items()}
    reply = current.request("call", target, plain_args, plain_kwargs, mode, [key for key, _arg in marked])
    if reply.kind in ("value", "handle"):
        _bring_back(marked, reply.fields[-1])
        if reply.kind == "handle" and mode == "plain" and not _is_class(target):
            current.fault()
    return result_of(reply, _called(target))


def brief(value):
    """A plain value in a few words, for messages."""
    if type(value) in (int, float, bool, str, bytes, type(None)) and not (type(value) is int and value.bit_length() > 200):
        text = repr(value)
        if len(text) <= 60:
            return text
    return wire.a(type(value).__name__)


def _is_class(target):
    return is_handle(target) and target._judge_is_class


def isinstance_exactly(value, cls):
    return type(value) is cls


def is_handle(value):
    """Whether it is an object in the subject, and not merely the name of one."""
    return type(value) in (Handle, CallableHandle)


def _called(target):
    return target._judge_label + "()" if isinstance(target, Handle) and target._judge_label else "your code"


def _bring_back(marked, changed):
    if type(changed) is not list or len(changed) != len(marked):
        current.fault()
    for (_key, mark), content in zip(marked, changed):
        mark.replace(content)


class Mutable:
    """An argument whose changes come back. Only what can be changed in place makes sense here."""

    def __init__(self, value):
        if type(value) not in (list, dict, set, bytearray):
            current.misused("%s was found where something that can be changed was expected" % brief(value),
                            "mutable() takes a list, dict, set or bytearray")
        self.value = value

    def replace(self, content):
        if type(content) is not type(self.value):
            current.fault()
        if type(content) in (list, bytearray):
            self.value[:] = content
        else:
            self.value.clear()
            self.value.update(content)


def _forwarded(name):
    def method(self, other):
        if is_handle(other) or isinstance_exactly(other, Name):
            return result_of(current.request("compare", name, self, other), "comparing two objects")
        _not_for_handles(self)
    return method


def _not_for_handles(self, *_args):
    if isinstance_exactly(self, Name):
        raise AuthorMistake("%s was imported by name, which works for calling only: use the module's attribute"
                            % ".".join(self._judge_path))
    current.latch(Verdict("FAILED", "%s is an object of its own, where a plain value was expected"
                          % self._judge_describe()))


class Handle:
    """An object that lives in the subject. Those that can be called, by the subject's word, are of the subclass."""

    __slots__ = ("_judge_number", "_judge_type", "_judge_is_class", "_judge_generation", "_judge_label")

    def __init__(self, fields, generation, label=""):
        put = object.__setattr__
        put(self, "_judge_number", fields[0])
        put(self, "_judge_type", fields[1][:100])
        put(self, "_judge_is_class", fields[2])
        put(self, "_judge_generation", generation)
        put(self, "_judge_label", label)

    def _judge_wire_(self, session):
        if self._judge_generation != session.generation:
            raise AuthorMistake("an object of another check's subject is used")
        return wire.reference_bytes(b"H", self._judge_number)

    def _judge_describe(self):
        return wire.a(self._judge_type)

    def __repr__(self):
        return "<%s of the learner's code>" % self._judge_type

    def __str__(self):
        return result_of(current.request("special", self, "__str__", []), "str()")

    def __format__(self, spec):
        return format(str(self), spec)

    def __getattr__(self, name):
        if refused_name(name):
            raise AttributeError(name)
        value = result_of(current.request("get", self, name))
        if is_handle(value):
            object.__setattr__(value, "_judge_label", name)
        return value

    def __setattr__(self, name, value):
        result_of(current.request("set", self, name, value))

    def __delattr__(self, name):
        result_of(current.request("delete", self, name))

    def __iter__(self):
        return result_of(current.request("iterate", self))

    def __next__(self):
        reply = current.request("next", self)
        if reply.kind == "stop":
            raise StopIteration
        return result_of(reply)

    def __len__(self):
        # list(handle) asks for it as a hint, and goes on without one after this error and no other.
        raise TypeError("%s is an object of its own, where a plain value was expected" % self._judge_describe())

    def __getitem__(self, key):
        return result_of(current.request("special", self, "__getitem__", [key]))

    def __setitem__(self, key, value):
        result_of(current.request("special", self, "__setitem__", [key, value]))

    def __delitem__(self, key):
        result_of(current.request("special", self, "__delitem__", [key]))

    def __enter__(self):
        return result_of(current.request("special", self, "__enter__", []))

    def __exit__(self, kind, _value, _trace):
        if kind is None:
            result_of(current.request("special", self, "__exit__", [None, None, None]))
        return False

    __eq__, __ne__ = _forwarded("eq"), _forwarded("ne")
    __lt__, __le__, __gt__, __ge__ = _forwarded("lt"), _forwarded("le"), _forwarded("gt"), _forwarded("ge")
    __add__, __sub__, __mul__ = _forwarded("add"), _forwarded("sub"), _forwarded("mul")
    __truediv__, __floordiv__, __mod__ = _forwarded("truediv"), _forwarded("floordiv"), _forwarded("mod")
    __and__, __or__, __xor__, __matmul__ = _forwarded("and_"), _forwarded("or_"), _forwarded("xor"), _forwarded("matmul")
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rand__ = __ror__ = _not_for_handles
    __pow__ = __rpow__ = __lshift__ = __rshift__ = __neg__ = __pos__ = __abs__ = __invert__ = _not_for_handles
    __bool__ = __hash__ = __contains__ = _not_for_handles
    __int__ = __float__ = __index__ = __complex__ = __round__ = __bytes__ = _not_for_handles

    def __instancecheck__(self, value):
        return _class_question("isinstance", value, self)

    def __subclasscheck__(self, value):
        return _class_question("issubclass", value, self)

    def __reduce_ex__(self, _protocol):
        _not_for_handles(self)


class CallableHandle(Handle):
    """`callable()` looks at the class alone, so what can be called has one of its own."""

    __slots__ = ()

    def __call__(self, *args, **kwargs):
        return call(self, args, kwargs, "plain")


def handle(fields, generation, label=""):
    return (CallableHandle if fields[3] else Handle)(fields, generation, label)


def _class_question(name, value, cls):
    if not is_handle(value) and not isinstance_exactly(value, Name):
        current.latch(Verdict("FAILED", "a plain value was given where %s was expected" % cls._judge_describe()))
    answer = result_of(current.request("compare", name, value, cls))
    if type(answer) is not bool:
        current.fault()
    return answer


class Name(Handle):
    """A name taken with `from module import name`, before any subject lived: looked up in each check's subject."""

    __slots__ = ("_judge_path",)

    def __init__(self, path):
        super().__init__([0, "name", False, True], 0, path[-1])
        object.__setattr__(self, "_judge_path", tuple(path))

    def _judge_wire_(self, session):
        return wire.encode(wire.Path(self._judge_path))

    def _judge_describe(self):
        return self._judge_path[-1]

    def resolved(self):
        """The object behind the name in this check's subject, so that what is known of it is known."""
        value = named(self._judge_path)
        if not is_handle(value):
            current.misused("%s is %s, where a function was expected" % (self._judge_path[-1], brief(value)),
                            "%s is a plain value: use the module's attribute" % ".".join(self._judge_path))
        return value

    def __call__(self, *args, **kwargs):
        return call(self.resolved(), args, kwargs, "plain")

    def __repr__(self):
        return "<%s of the learner's code>" % ".".join(self._judge_path)


class LearnerModule(types.ModuleType):
    """A module of the learner's. Inside a check its attributes are asked of the subject."""

    def __getattr__(self, name):
        if refused_name(name):
            raise AttributeError(name)
        path = (self.__name__, name)
        return named(path) if current.in_check else Name(path)

    def __setattr__(self, name, value):
        if name.startswith("__") or isinstance(value, types.ModuleType):
            super().__setattr__(name, value)
        else:
            module = result_of(current.request("path", wire.Path((self.__name__,))))
            setattr(module, name, value)


class LearnerFinder:
    """Gives proxies for the learner's modules to every import in the judge."""

    def __init__(self, names):
        self._names = names

    def find_spec(self, name, path=None, target=None):
        if name not in self._names:
            return None
        from importlib.machinery import ModuleSpec
        return ModuleSpec(name, self, is_package=any(other.startswith(name + ".") for other in self._names))

    def create_module(self, spec):
        return LearnerModule(spec.name)

    def exec_module(self, module):
        pass


def install(names):
    sys.meta_path.insert(0, LearnerFinder(names))
