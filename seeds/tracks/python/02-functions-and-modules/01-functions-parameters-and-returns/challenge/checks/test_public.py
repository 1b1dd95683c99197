from math import isclose

from judge import mutable, raises

import calculator


def close(actual, expected):
    """A number within a billionth of the expected one; text, None and truth values are no numbers."""
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def test_four_operations():
    for name, a, b, expected in [
        ("add", 4, 5, 9),
        ("subtract", 4, 5, -1),
        ("multiply", 4, 5, 20),
        ("multiply", -3, 0.5, -1.5),
        ("divide", 20, 5, 4),
    ]:
        actual = getattr(calculator, name)(a, b)
        assert actual is not None, (
            f"{name}({a}, {b}) gave None: print only shows a result, return hands it to the caller"
        )
        assert close(actual, expected), f"{name}({a}, {b}) gave {actual!r} instead of {expected!r}"


def test_division_keeps_the_fraction():
    actual = calculator.divide(7, 2)
    assert close(actual, 3.5), f"divide(7, 2) gave {actual!r} instead of 3.5: // drops the fraction, / keeps it"
    actual = calculator.divide(-1, 4)
    assert close(actual, -0.25), f"divide(-1, 4) gave {actual!r} instead of -0.25"


def test_division_by_zero_raises():
    with raises(ZeroDivisionError):
        actual = calculator.divide(1, 0)
        assert False, (
            f"divide(1, 0) returned {actual!r}. A returned text or number can be taken for a result; let the ZeroDivisionError reach the caller."
        )


def test_power_squares_by_default():
    actual = calculator.power(9)
    assert close(actual, 81), (
        f"power(9) gave {actual!r} instead of 81: without an exponent the base is squared, so the exponent needs a default"
    )
    actual = calculator.power(2, 5)
    assert close(actual, 32), f"power(2, 5) gave {actual!r} instead of 32: the base comes first"
    actual = calculator.power(base=2, exponent=5)
    assert close(actual, 32), (
        f"power(base=2, exponent=5) gave {actual!r} instead of 32: callers may use the agreed names"
    )


def test_average():
    for numbers, expected in [((2, 4, 9), 5), ((7,), 7), ((1, 2), 1.5)]:
        actual = calculator.average(*numbers)
        assert close(actual, expected), (
            f"average({', '.join(map(str, numbers))}) gave {actual!r} instead of {expected!r}: "
            "the sum of the arguments, divided by how many there are"
        )


def test_average_of_nothing_raises():
    with raises(ValueError):
        actual = calculator.average()
        assert False, f"average() returned {actual!r}. There is no average of nothing: raise a ValueError that says so."


def test_calculate():
    for operation, a, b, expected in [("+", 3, 10, 13), ("-", 3, 10, -7), ("*", 3, 10, 30), ("/", 3, 10, 0.3)]:
        actual = calculator.calculate(operation, a, b)
        assert close(actual, expected), f"calculate({operation!r}, {a}, {b}) gave {actual!r} instead of {expected!r}"


def test_calculate_refuses_unknown_signs():
    for operation in ["**", "%", "plus"]:
        try:
            actual = calculator.calculate(operation, 2, 3)
        except ValueError as error:
            said = str(error)
        else:
            assert False, (
                f"calculate({operation!r}, 2, 3) returned {actual!r}, but only + - * / were agreed on. "
                "Refuse everything else with a ValueError."
            )
        assert operation in said, (
            f"the ValueError for {operation!r} says {said!r}: its message should contain the text that was refused"
        )


def test_record_adds_at_the_end():
    actual = calculator.record(5, [1, 2])
    assert actual == [1, 2, 5], (
        f"record(5, [1, 2]) gave {actual!r} instead of [1, 2, 5]: the entries so far, then the new one"
    )
    actual = calculator.record(5, [])
    assert actual == [5], f"record(5, []) gave {actual!r} instead of [5]"


def test_record_leaves_the_given_history_alone():
    history = [1, 2]
    actual = calculator.record(5, mutable(history))
    assert actual == [1, 2, 5], f"record(5, [1, 2]) gave {actual!r} instead of [1, 2, 5]"
    assert history == [1, 2], (
        f"after record(5, history) the caller's list [1, 2] had become {history!r}. append changes the list it is given: build a new one instead."
    )
