from fractions import Fraction
from math import isclose

from judge import mutable, raises, rng

import calculator


def close(actual, expected):
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def pairs(count):
    """Pairs of numbers with a quarter as the smallest step, the second never zero."""
    return [(rng.randint(-400, 400) / 4, rng.choice([-1, 1]) * rng.randint(1, 400) / 4) for _ in range(count)]


def oracle(operation, a, b):
    a, b = Fraction(a), Fraction(b)
    return float({"+": a + b, "-": a - b, "*": a * b, "/": a / b}[operation])


def test_four_operations_on_any_numbers():
    for a, b in pairs(12):
        for name, operation in [("add", "+"), ("subtract", "-"), ("multiply", "*"), ("divide", "/")]:
            expected = oracle(operation, a, b)
            actual = getattr(calculator, name)(a, b)
            assert close(actual, expected), f"{name}({a}, {b}) gave {actual!r} instead of {expected!r}"


def test_power_of_any_numbers():
    for _ in range(15):
        base, exponent = rng.randint(-9, 9), rng.randint(0, 6)
        expected = 1
        for _ in range(exponent):
            expected *= base
        actual = calculator.power(base, exponent=exponent)
        assert close(actual, expected), f"power({base}, exponent={exponent}) gave {actual!r} instead of {expected}"
        actual = calculator.power(base)
        assert close(actual, base * base), f"power({base}) gave {actual!r} instead of {base * base}"


def test_average_of_any_numbers():
    for _ in range(20):
        numbers = [rng.randint(-1000, 1000) / 4 for _ in range(rng.randint(1, 12))]
        expected = float(sum(map(Fraction, numbers)) / len(numbers))
        actual = calculator.average(*numbers)
        assert close(actual, expected), f"average of {numbers} gave {actual!r} instead of {expected!r}"


def test_calculate_any_numbers():
    for a, b in pairs(10):
        for operation in "+-*/":
            expected = oracle(operation, a, b)
            actual = calculator.calculate(operation, a, b)
            assert close(actual, expected), (
                f"calculate({operation!r}, {a}, {b}) gave {actual!r} instead of {expected!r}"
            )
    for operation in ["//", "<", "add", "", "+ 1 +"]:
        try:
            actual = calculator.calculate(operation, 6, 3)
        except ValueError as error:
            said = str(error)
        else:
            assert False, f"calculate({operation!r}, 6, 3) returned {actual!r}: only + - * / were agreed on"
        assert operation in said, f"the message for {operation!r} should contain the text that was refused"
    with raises(ZeroDivisionError):
        actual = calculator.calculate("/", 6, 0)
        assert False, f"calculate('/', 6, 0) returned {actual!r}: dividing by zero raises ZeroDivisionError here too"


def test_record_starts_empty_each_time():
    for _ in range(5):
        result = rng.randint(1, 1000)
        actual = calculator.record(result)
        assert actual == [result], (
            f"record({result}) gave {actual!r} instead of {[result]!r}: a default list is made once and shared by all calls"
        )
    entries = [rng.randint(1, 99) for _ in range(6)]
    history = list(entries)
    actual = calculator.record(7, history=mutable(history))
    assert actual == [*entries, 7], f"record(7, history={entries}) gave {actual!r}"
    assert history == entries, f"the caller's list {entries} had become {history!r}"
