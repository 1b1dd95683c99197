"""The wire carries plain values, exactly, and nothing else."""

import collections
import datetime
import decimal
import enum
import fractions
import math
import unittest

from agent import wire


def round_trip(value):
    return wire.decode(wire.encode(value))


class RoundTrips(unittest.TestCase):
    def test_plain_values_come_back_equal_and_of_the_same_type(self):
        zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
        values = [None, True, False, 0, -1, 255, 256, -256, 2 ** 4000, -2 ** 4000, 1.5, 1 + 2j, "", "é\U0001f600\ud800", b"\0x",
                  bytearray(b"ab"), [], [[1], [2, [3]]], (1, (2,)), {"b": 1, "a": [2]}, {(1, 2): {3}}, {1, frozenset({2})},
                  datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 2, 3, 4, 5, zone, fold=1),
                  datetime.time(1, 2, 3), datetime.timedelta(-1, 2, 3), decimal.Decimal("1.10"), fractions.Fraction(-1, 3)]
        for value in values:
            with self.subTest(value=value):
                back = round_trip(value)
                self.assertEqual(back, value)
                self.assertIs(type(back), type(value))

    def test_floats_keep_sign_and_kind(self):
        self.assertEqual(math.copysign(1, round_trip(-0.0)), -1)
        self.assertTrue(math.isnan(round_trip(math.nan)))
        self.assertEqual(round_trip(-math.inf), -math.inf)

    def test_dict_order_is_kept(self):
        self.assertEqual(list(round_trip({"z": 1, "a": 2, "m": 3})), ["z", "a", "m"])

    def test_one_list_twice_is_two_lists(self):
        inner = [1]
        back = round_trip([inner, inner])
        self.assertEqual(back, [[1], [1]])
        self.assertIsNot(back[0], back[1])


class Subclasses(unittest.TestCase):
    def test_content_is_the_base_class_content_whatever_the_methods_say(self):
        class Int(int):
            __eq__ = __ne__ = lambda self, other: True
            __hash__ = int.__hash__
            __add__ = __index__ = __int__ = lambda self, *other: 99

        class Text(str):
            encode = __str__ = lambda self, *args: "lie"

        class List(list):
            __iter__ = lambda self: iter([9, 9])
            __len__ = lambda self: 2

        class Dict(dict):
            items = __iter__ = keys = lambda self: [("lie", 1)]

        back = round_trip([Int(3), Text("true"), List([1]), Dict(a=1), collections.Counter("aab")])
        self.assertEqual(back, [3, "true", [1], {"a": 1}, {"a": 2, "b": 1}])
        self.assertEqual([type(value) for value in back], [int, str, list, dict, dict])

    def test_lying_class_is_not_believed(self):
        class Liar:
            __class__ = int
        with self.assertRaises(wire.Unplain) as caught:
            wire.encode(Liar())
        self.assertEqual(caught.exception.what, "a Liar")

    def test_objects_are_refused(self):
        for value in (object(), enum.Enum("Color", "RED").RED, iter([]), print, int, range(3)):
            with self.subTest(value=value), self.assertRaises(wire.Unplain):
                wire.encode([value])


class Caps(unittest.TestCase):
    def test_cycles_are_refused_by_name(self):
        loop = []
        loop.append(loop)
        with self.assertRaisesRegex(wire.Unplain, "a list that contains itself"):
            wire.encode(loop)

    def test_depth_items_and_bytes(self):
        deep = []
        for _ in range(wire.DEPTH_MAX + 2):
            deep = [deep]
        wide = [0] * 1000
        for value in (deep, [wide] * (wire.ITEMS_MAX // 1000 + 1), "x" * (wire.BYTES_MAX + 1), 1 << (8 * wire.INT_BYTES_MAX)):
            with self.assertRaises(wire.Unplain):
                wire.encode(value)

    def test_hostile_bytes_are_errors_and_nothing_else(self):
        hostile = [b"", b"?", b"l", b"l\xff\xff\xff\xff", b"i\0\0\0\xff", b"s\0\0\0\x01\xff", b"NN", b"d\0\0\0\x01N",
                   b"d\0\0\0\x02l\0\0\0\0N", b"S\0\0\0\x01l\0\0\0\0", b"m\0\0\0\x01?", b"Hi\0\0\0\x01\x01", b"P\0\0\0\x01s\0\0\0\x01a",
                   b"Mi\0\0\0\x01\x01", b"D" + b"i\0\0\0\x01\x00" * 3, b"q" + b"i\0\0\0\x01\x00" * 2, b"l\0\0\0\x01" * 5000]
        for data in hostile:
            with self.subTest(data=data[:20]), self.assertRaises(wire.WireError):
                wire.decode(data)


if __name__ == "__main__":
    unittest.main()
