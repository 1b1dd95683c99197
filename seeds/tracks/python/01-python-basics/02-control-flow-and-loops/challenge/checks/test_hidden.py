from judge import rng

import evens


def is_even(n):
    """The oracle looks at the last digit, not at a remainder."""
    return str(n)[-1] in "02468"


def test_is_even_for_any_number():
    for n in [0, -1, *(rng.randint(-(10**15), 10**15) for _ in range(40))]:
        expected = is_even(n)
        actual = evens.is_even(n)
        assert actual is expected, f"is_even({n}) gave {actual!r} instead of {expected}"


def test_any_range():
    for _ in range(25):
        start = rng.randint(-60, 60)
        stop = start + rng.randint(-3, 25)
        expected = [n for n in range(start, stop + 1) if is_even(n)]
        actual = evens.even_numbers(start, stop)
        assert actual == expected, f"even_numbers({start}, {stop}) gave {actual!r} instead of {expected!r}"


def test_counts_in_any_list():
    for _ in range(20):
        numbers = [rng.randint(-9, 9) for _ in range(rng.randint(0, 30))]
        expected = len([n for n in numbers if is_even(n)])
        actual = evens.count_even(numbers)
        assert type(actual) is int and actual == expected, (
            f"count_even({numbers}) gave {actual!r} instead of {expected}"
        )


def test_first_even_in_any_list():
    for first in [0, *(rng.randint(-50, 50) * 2 for _ in range(15)), None]:
        odd = [rng.randint(-50, 50) * 2 + 1 for _ in range(rng.randint(1, 6))]
        rest = [] if first is None else [first, *(rng.randint(-50, 50) for _ in range(4))]
        actual = evens.first_even(odd + rest)
        assert type(actual) is type(first) and actual == first, (
            f"first_even({odd + rest}) gave {actual!r} instead of {first}"
        )
