from fractions import Fraction
from math import isclose

from judge import rng

import converter


def close(actual, expected):
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def readings(count):
    """Temperatures in tenths of a degree Celsius, none of them a multiple of five degrees."""
    return rng.sample([tenths for tenths in range(-900, 1300) if tenths % 50], count)


def test_fahrenheit_for_any_reading():
    for tenths in readings(25):
        expected = float(Fraction(tenths, 10) * 9 / 5 + 32)
        actual = converter.to_fahrenheit(tenths / 10)
        assert close(actual, expected), (
            f"to_fahrenheit({tenths / 10}) gave {actual!r} instead of {expected!r}. Nothing may be rounded or cut off inside the calculation."
        )


def test_celsius_for_any_reading():
    for tenths in readings(25):
        expected = float((Fraction(tenths, 10) - 32) * 5 / 9)
        actual = converter.to_celsius(tenths / 10)
        assert close(actual, expected), (
            f"to_celsius({tenths / 10}) gave {actual!r} instead of {expected!r}. Nothing may be rounded or cut off inside the calculation."
        )


def test_reading_of_every_kind():
    for tenths in readings(15):
        whole = tenths // 10
        for text, expected in [(f" {tenths / 10} ", tenths / 10), (str(whole), float(whole))]:
            actual = converter.read_temperature(text)
            assert type(actual) is float and actual == expected, (
                f"read_temperature({text!r}) gave {actual!r} instead of {expected!r}"
            )


def test_report_for_any_reading():
    for tenths in readings(25):
        fahrenheit = Fraction(tenths, 10) * 9 / 5 + 32
        if abs(fahrenheit) < 1:  # whether a tiny negative value is written as -0.0 is not what this check is about
            continue
        expected = f"{tenths / 10:.1f} C is {float(fahrenheit):.1f} F"
        actual = converter.report(str(tenths / 10))
        assert actual == expected, (
            f"report({str(tenths / 10)!r}) gave {actual!r} instead of {expected!r}. Convert the exact value and round only when you write it."
        )
