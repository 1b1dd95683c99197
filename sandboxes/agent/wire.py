"""The encoding between judge and subject: plain values only, tagged, with caps on bytes, depth and items.

Both sides use this file, but they trust it differently. The judge decodes bytes that a hostile learner may have
written, so decoding builds nothing but exact builtins and refuses everything unexpected. The subject encodes what the
learner returned: subclasses are copied by the content of their base class, so no overridden method is asked anything.
Never pickle, never eval.
"""

import datetime
import decimal
import fractions
import struct

BYTES_MAX = 8 * 1024 * 1024
DEPTH_MAX = 64
ITEMS_MAX = 400_000
INT_BYTES_MAX = 64 * 1024
DECIMAL_CHARS_MAX = 10_000

_U32 = struct.Struct(">I")
_F64 = struct.Struct(">d")


class WireError(Exception):
    """The bytes, or the value, do not fit the encoding."""


class Unplain(WireError):
    """The value is, or holds, something that is not a plain value; `what` says it in words for a learner."""

    def __init__(self, what):
        super().__init__(what)
        self.what = what


class TooLarge(Unplain):
    """The value is plain, and more than the wire takes."""


class Path:
    """A name in the learner's code, looked up anew in each subject: a module and attributes below it."""

    __slots__ = ("names",)

    def __init__(self, names):
        self.names = tuple(names)


def a(type_name):
    """The type name with its article, for messages."""
    return ("an " if type_name[:1] in "aeiouAEIOU" else "a ") + type_name


class Encoder:
    """Encodes one message. `reference(value)` may return bytes for a value that travels by name, or None."""

    def __init__(self, reference=None):
        self._out = bytearray()
        self._items = 0
        self._open = set()
        self._reference = reference

    def encode(self, value):
        self._value(value, 0)
        return bytes(self._out)

    def _count(self, tag, number):
        self._items += number
        if self._items > ITEMS_MAX:
            raise TooLarge("a value with more than %d items" % ITEMS_MAX)
        self._out += tag + _U32.pack(number)

    def _blob(self, tag, data):
        if len(self._out) + len(data) > BYTES_MAX:
            raise TooLarge("a value of more than %d bytes" % BYTES_MAX)
        self._out += tag + _U32.pack(len(data)) + data

    def _value(self, value, depth):
        if depth > DEPTH_MAX:
            raise TooLarge("a value nested deeper than %d levels" % DEPTH_MAX)
        # A value of exactly such a type is plain, and nothing that could travel by name.
        write = _WRITERS.get(type(value))
        if write is not None:
            write(self, value, depth)
            return
        if self._reference is not None:
            data = self._reference(value)
            if data is not None:
                self._out += data
                return
        for cls in type(value).__mro__:
            write = _WRITERS.get(cls)
            if write is not None:
                write(self, value, depth)
                return
        raise Unplain(a(type(value).__name__))

    def _members(self, tag, owner, members, depth):
        key = id(owner)
        if key in self._open:
            raise Unplain(a(type(owner).__name__) + " that contains itself")
        self._open.add(key)
        self._count(tag, len(members))
        for member in members:
            self._value(member, depth + 1)
        self._open.discard(key)

    def _none(self, _value, _depth):
        self._out += b"N"

    def _bool(self, value, _depth):
        self._out += b"T" if value is True else b"F"

    def _int(self, value, _depth):
        value = int.__add__(value, 0)
        size = value.bit_length() // 8 + 1
        if size > INT_BYTES_MAX:
            raise TooLarge("an int of more than %d bytes" % INT_BYTES_MAX)
        self._blob(b"i", value.to_bytes(size, "big", signed=True))

    def _float(self, value, _depth):
        self._out += b"f" + _F64.pack(value)

    def _complex(self, value, _depth):
        real = complex.__dict__["real"].__get__(value)
        imag = complex.__dict__["imag"].__get__(value)
        self._out += b"c" + _F64.pack(real) + _F64.pack(imag)

    def _str(self, value, _depth):
        self._blob(b"s", str.encode(value, "utf-8", "surrogatepass"))

    def _bytes(self, value, _depth):
        self._blob(b"b", bytes(memoryview(value)))

    def _bytearray(self, value, _depth):
        self._blob(b"B", bytes(memoryview(value)))

    def _list(self, value, depth):
        self._members(b"l", value, list(list.__iter__(value)), depth)

    def _tuple(self, value, depth):
        self._members(b"t", value, list(tuple.__iter__(value)), depth)

    def _set(self, value, depth):
        self._members(b"S", value, list(set.__iter__(value)), depth)

    def _frozenset(self, value, depth):
        self._members(b"Z", value, list(frozenset.__iter__(value)), depth)

    def _dict(self, value, depth):
        flat = [part for pair in dict.items(value) for part in pair]
        self._members(b"d", value, flat, depth)

    def _fields(self, tag, fields):
        self._out += tag
        for field in fields:
            self._int(field, 0)

    def _date(self, value, _depth):
        self._fields(b"D", [_DATE[name].__get__(value) for name in ("year", "month", "day")])

    def _datetime(self, value, _depth):
        base = datetime.datetime
        fields = [_DATE[name].__get__(value) for name in ("year", "month", "day")]
        fields += [base.__dict__[name].__get__(value) for name in ("hour", "minute", "second", "microsecond", "fold")]
        self._fields(b"M", fields)
        self._offset(base.utcoffset(value))

    def _time(self, value, _depth):
        base = datetime.time
        self._fields(b"K", [base.__dict__[name].__get__(value)
                            for name in ("hour", "minute", "second", "microsecond", "fold")])
        self._offset(base.utcoffset(value))

    def _offset(self, offset):
        if offset is None:
            self._out += b"N"
        else:
            self._timedelta(offset, 0)

    def _timedelta(self, value, _depth):
        base = datetime.timedelta
        self._fields(b"E", [base.__dict__[name].__get__(value) for name in ("days", "seconds", "microseconds")])

    def _decimal(self, value, _depth):
        self._blob(b"m", decimal.Decimal.__str__(value).encode("ascii"))

    def _fraction(self, value, _depth):
        self._fields(b"q", [fractions.Fraction.numerator.fget(value), fractions.Fraction.denominator.fget(value)])

    def _path(self, value, depth):
        self._members(b"P", value, value.names, depth)


_DATE = datetime.date.__dict__
_WRITERS = {
    type(None): Encoder._none, bool: Encoder._bool, int: Encoder._int, float: Encoder._float,
    complex: Encoder._complex, str: Encoder._str, bytes: Encoder._bytes, bytearray: Encoder._bytearray,
    list: Encoder._list, tuple: Encoder._tuple, dict: Encoder._dict, set: Encoder._set,
    frozenset: Encoder._frozenset, datetime.date: Encoder._date, datetime.datetime: Encoder._datetime,
    datetime.time: Encoder._time, datetime.timedelta: Encoder._timedelta, decimal.Decimal: Encoder._decimal,
    fractions.Fraction: Encoder._fraction, Path: Encoder._path,
}


class Decoder:
    """Decodes one message. `reference(tag, number)` resolves handles and callbacks; without it they are refused."""

    def __init__(self, data, reference=None):
        if len(data) > 2 * BYTES_MAX:
            raise WireError("message too large")
        self._data = data
        self._at = 0
        self._items = 0
        self._reference = reference

    def decode(self):
        value = self._value(0)
        if self._at != len(self._data):
            raise WireError("bytes after the value")
        return value

    def _take(self, size):
        at = self._at
        end = self._at = at + size
        if end > len(self._data):
            raise WireError("value cut short")
        return self._data[at:end]

    def _number(self):
        at = self._at
        end = self._at = at + 4
        if end > len(self._data):
            raise WireError("value cut short")
        return _U32.unpack_from(self._data, at)[0]

    def _blob(self, limit=BYTES_MAX):
        size = self._number()
        if size > limit:
            raise WireError("blob too large")
        return self._take(size)

    def _value(self, depth):
        if depth > DEPTH_MAX:
            raise WireError("nested too deep")
        at = self._at
        if at >= len(self._data):
            raise WireError("value cut short")
        self._at = at + 1
        read = _READERS.get(self._data[at])
        if read is None:
            raise WireError("unknown tag")
        return read(self, depth)

    def _members(self, depth, each=1):
        number = self._number()
        self._items += number
        if self._items > ITEMS_MAX or number % each:
            raise WireError("too many items")
        return [self._value(depth + 1) for _ in range(number)]

    def _int(self, _depth=0):
        return int.from_bytes(self._blob(INT_BYTES_MAX), "big", signed=True)

    def _expect_int(self):
        if self._take(1) != b"i":
            raise WireError("an int was expected")
        return self._int()

    def _float(self, _depth):
        return _F64.unpack(self._take(8))[0]

    def _complex(self, _depth):
        return complex(_F64.unpack(self._take(8))[0], _F64.unpack(self._take(8))[0])

    def _str(self, _depth):
        return self._blob().decode("utf-8", "surrogatepass")

    def _dict(self, depth):
        flat = self._members(depth, each=2)
        return dict(zip(flat[::2], flat[1::2]))

    def _fields(self, number):
        return [self._expect_int() for _ in range(number)]

    def _datetime(self, _depth):
        *fields, fold = self._fields(8)
        return datetime.datetime(*fields, tzinfo=self._offset(), fold=fold)

    def _time(self, _depth):
        *fields, fold = self._fields(5)
        return datetime.time(*fields, tzinfo=self._offset(), fold=fold)

    def _offset(self):
        tag = self._take(1)
        if tag == b"N":
            return None
        if tag != b"E":
            raise WireError("an offset was expected")
        return datetime.timezone(datetime.timedelta(*self._fields(3)))

    def _decimal(self, _depth):
        return decimal.Decimal(self._blob(DECIMAL_CHARS_MAX).decode("ascii"))

    def _named(self, tag):
        number = self._expect_int()
        if self._reference is None:
            raise WireError("a reference is not allowed here")
        return self._reference(tag, number)

    def _path(self, depth):
        names = self._members(depth)
        if self._reference is None or not names or not all(type(name) is str for name in names):
            raise WireError("a path is not allowed here")
        return self._reference(b"P", tuple(names))


_READERS = {
    b"N": lambda d, _: None, b"T": lambda d, _: True, b"F": lambda d, _: False,
    b"i": Decoder._int, b"f": Decoder._float, b"c": Decoder._complex, b"s": Decoder._str,
    b"b": lambda d, _: d._blob(), b"B": lambda d, _: bytearray(d._blob()),
    b"l": Decoder._members, b"t": lambda d, depth: tuple(d._members(depth)),
    b"S": lambda d, depth: set(d._members(depth)), b"Z": lambda d, depth: frozenset(d._members(depth)),
    b"d": Decoder._dict,
    b"D": lambda d, _: datetime.date(*d._fields(3)), b"M": Decoder._datetime, b"K": Decoder._time,
    b"E": lambda d, _: datetime.timedelta(*d._fields(3)),
    b"m": Decoder._decimal, b"q": lambda d, _: fractions.Fraction(*d._fields(2)),
    b"H": lambda d, _: d._named(b"H"), b"C": lambda d, _: d._named(b"C"), b"P": Decoder._path,
}
# By the byte itself, as it stands in a message.
_READERS = {tag[0]: read for tag, read in _READERS.items()}


def reference_bytes(tag, number):
    """The encoding of a handle (b"H") or a callback (b"C")."""
    data = number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
    return tag + b"i" + _U32.pack(len(data)) + data


def encode(value, reference=None):
    """Bytes of a plain value; raises Unplain."""
    try:
        return Encoder(reference).encode(value)
    except RecursionError:
        raise TooLarge("a value nested too deep") from None


def decode(data, reference=None):
    """The value of bytes that nobody vouches for; raises WireError whatever is wrong with them."""
    try:
        return Decoder(bytes(data), reference).decode()
    except WireError:
        raise
    except (ValueError, TypeError, OverflowError, ArithmeticError, RecursionError, struct.error) as error:
        raise WireError(type(error).__name__) from None


def pack(payload):
    """A payload with its length before it."""
    return _U32.pack(len(payload)) + payload
