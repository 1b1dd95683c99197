import evens


def test_is_even():
    for n, expected in [(4, True), (7, False), (0, True), (-2, True), (-3, False)]:
        actual = evens.is_even(n)
        assert actual == expected, (
            f"is_even({n}) gave {actual!r} instead of {expected}. The remainder n % 2 is 0 for even numbers: which comparison says so?"
        )


def test_is_even_answers_true_or_false():
    for n, expected in [(4, True), (7, False)]:
        actual = evens.is_even(n)
        assert actual is expected, (
            f"is_even({n}) gave {actual!r}. A question answered by yes or no should return True or False, not a number or text that merely counts as one."
        )


def test_both_ends_are_included():
    for start, stop, expected in [
        (3, 8, [4, 6, 8]),
        (2, 5, [2, 4]),
        (-4, 1, [-4, -2, 0]),
        (6, 6, [6]),
        (5, 5, []),
        (8, 3, []),
    ]:
        actual = evens.even_numbers(start, stop)
        assert actual == expected, (
            f"even_numbers({start}, {stop}) gave {actual!r} instead of {expected!r}. Both ends belong to the range; range(a, b) leaves b out."
        )


def test_far_from_zero():
    start = 2_000_000_000_001
    expected = [start + 1, start + 3]
    actual = evens.even_numbers(start, start + 4)
    assert actual == expected, (
        f"even_numbers({start}, {start + 4}) gave {actual!r} instead of {expected!r}. Begin to count at start: what lies before it is no concern of yours."
    )


def test_counts_even_numbers():
    for numbers, expected in [([2, 2, 3, 0], 3), ([1, 3, 5], 0), ([], 0), ([-2, 7, -8], 2)]:
        actual = evens.count_even(numbers)
        assert actual == expected, (
            f"count_even({numbers}) gave {actual!r} instead of {expected}. What is the count before the loop, and when does it go up?"
        )


def test_first_even():
    for numbers, expected in [([4, 7], 4), ([7, 5, 4, 2], 4), ([9, 9, 6], 6), ([3, 0, 8], 0)]:
        actual = evens.first_even(numbers)
        assert actual == expected, (
            f"first_even({numbers}) gave {actual!r} instead of {expected}. An odd number at the front is no reason to give up, and 0 is even."
        )


def test_no_even_number():
    for numbers in [[7, 5, 1], []]:
        actual = evens.first_even(numbers)
        assert actual is None, (
            f"first_even({numbers}) gave {actual!r}, but there is no even number in it, so the answer is None"
        )
