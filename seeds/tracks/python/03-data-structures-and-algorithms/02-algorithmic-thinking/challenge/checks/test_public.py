from judge import mutable, raises

import two_sum


def test_pair_is_found():
    for numbers, target, expected in [
        ([2, 7, 11, 15], 9, (0, 1)),
        ([4, 1, 8, -3], 5, (0, 1)),
        ([1, 20, 30, -4], 16, (1, 3)),
        ([5, 0, 7], 7, (1, 2)),
    ]:
        actual = two_sum.two_sum(numbers, target)
        assert actual == expected, (
            f"two_sum({numbers}, {target}) gave {actual!r} instead of {expected}: a tuple of two positions, the smaller one first"
        )


def test_one_item_is_not_a_pair():
    for numbers, target, expected in [
        ([3, 4], 6, None),
        ([5], 10, None),
        ([3, 3], 6, (0, 1)),
        ([0, 7], 0, None),
        ([1, 5, 2, 5], 10, (1, 3)),
    ]:
        actual = two_sum.two_sum(numbers, target)
        assert actual == expected, (
            f"two_sum({numbers}, {target}) gave {actual!r} instead of {expected}. An item may not be paired with itself, but with an equal one: "
            "look for the partner before you write the number down."
        )


def test_no_pair():
    for numbers, target in [([2, 7, 11], 100), ([], 0), ([1, 2, 3], -3)]:
        actual = two_sum.two_sum(numbers, target)
        assert actual is None, (
            f"two_sum({numbers}, {target}) gave {actual!r}, but no pair has that sum, so the answer is None"
        )


def test_the_promised_pair_wins():
    for numbers, target, expected in [
        ([1, 5, 5, 9], 10, (1, 2)),
        ([4, 4, 6], 10, (0, 2)),
        ([1, 2, 8, 9], 10, (1, 2)),
        ([6, 1, 4, 4, 6], 10, (0, 2)),
    ]:
        actual = two_sum.two_sum(numbers, target)
        assert actual == expected, (
            f"two_sum({numbers}, {target}) gave {actual!r} instead of {expected}. Reading from the left, the first pair to be completed wins; "
            "of equal partners the one further left."
        )


def test_the_list_is_left_alone():
    for name, expected in [("two_sum", (0, 2)), ("count_pairs", 1), ("closest_sum", 10)]:
        numbers = [7, 9, 3, 2]
        actual = getattr(two_sum, name)(mutable(numbers), 10)
        assert actual == expected, f"{name}([7, 9, 3, 2], 10) gave {actual!r} instead of {expected!r}"
        assert numbers == [7, 9, 3, 2], (
            f"{name} changed the caller's list [7, 9, 3, 2] to {numbers!r}: work on a copy, for example one made by sorted"
        )


def test_pairs_are_counted():
    for numbers, target, expected in [
        ([1, 5, 3, 3], 6, 2),
        ([3, 3, 3], 6, 3),
        ([3], 6, 0),
        ([], 6, 0),
        ([1, 1, 2, 2], 3, 4),
        ([-2, 0, 2], 0, 1),
    ]:
        actual = two_sum.count_pairs(numbers, target)
        assert actual == expected, (
            f"count_pairs({numbers}, {target}) gave {actual!r} instead of {expected}. Pairs of positions are counted, so equal numbers count each time; "
            "how many partners has each number among those before it?"
        )


def test_closest_sum():
    for numbers, target, expected in [
        ([10, 1, 5], 7, 6),
        ([1, 2, 6], 5, 3),
        ([4, 4], 100, 8),
        ([-5, 3, 8], 3, 3),
        ([1, 2, 3, 4], 5, 5),
    ]:
        actual = two_sum.closest_sum(numbers, target)
        assert actual == expected, (
            f"closest_sum({numbers}, {target}) gave {actual!r} instead of {expected}: of all sums the closest one, and the smaller of two that are equally close"
        )


def test_closest_sum_needs_two_numbers():
    for numbers in [[], [4]]:
        with raises(ValueError):
            actual = two_sum.closest_sum(numbers, 4)
            assert False, (
                f"closest_sum({numbers}, 4) returned {actual!r}, but there is no pair in it: raise a ValueError that says so"
            )
