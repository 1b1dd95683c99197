from math import isclose

import converter


def close(actual, expected):
    """A number within a billionth of the expected one; text, None and truth values are no numbers."""
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def test_water_freezes_and_boils():
    for celsius, fahrenheit in [(0, 32), (100, 212), (-40, -40)]:
        actual = converter.to_fahrenheit(celsius)
        assert close(actual, fahrenheit), (
            f"{celsius} degrees Celsius is {fahrenheit} degrees Fahrenheit, but to_fahrenheit({celsius}) gave {actual!r}. "
            "Multiply by 9, divide by 5, then add 32."
        )
    actual = converter.to_fahrenheit(0.5)
    assert close(actual, 32.9), (
        f"to_fahrenheit(0.5) gave {actual!r} instead of 32.9: the fraction was lost on the way. // drops it, / keeps it."
    )


def test_celsius_at_known_points():
    for fahrenheit, celsius in [(32, 0), (212, 100), (-40, -40)]:
        actual = converter.to_celsius(fahrenheit)
        assert close(actual, celsius), (
            f"{fahrenheit} degrees Fahrenheit is {celsius} degrees Celsius, but to_celsius({fahrenheit}) gave {actual!r}. "
            "Which is worked out first without brackets: the subtraction or the multiplication?"
        )


def test_reading_gives_a_float():
    for text, number in [("21.5", 21.5), ("7", 7.0), ("-40", -40.0)]:
        actual = converter.read_temperature(text)
        assert type(actual) is float, (
            f"read_temperature({text!r}) gave {actual!r} of type {type(actual).__name__}. "
            "Text cannot be calculated with, and every reading is to be a float, whole numbers too."
        )
        assert actual == number, f"read_temperature({text!r}) gave {actual!r} instead of {number!r}"


def test_reading_ignores_spaces():
    for text in ["  12.25", "12.25 ", "   12.25  "]:
        actual = converter.read_temperature(text)
        assert actual == 12.25, (
            f"read_temperature({text!r}) gave {actual!r}: spaces at the ends are not part of the number"
        )


def test_report_line():
    for text, line in [("21.5", "21.5 C is 70.7 F"), ("-3", "-3.0 C is 26.6 F"), (" 100 ", "100.0 C is 212.0 F")]:
        actual = converter.report(text)
        assert actual is not None, "report gave None: it should return the line, not print it"
        assert actual == line, (
            f"report({text!r}) gave {actual!r} instead of {line!r}. Read the number first, then write both values with one decimal: {{value:.1f}}."
        )
