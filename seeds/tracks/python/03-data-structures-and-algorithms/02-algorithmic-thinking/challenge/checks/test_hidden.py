from itertools import combinations

from judge import rng

import two_sum


def small_list(shortest):
    """A short list of small numbers, full of repeats, zeros and negative numbers."""
    return [rng.randint(-6, 6) for _ in range(rng.randint(shortest, 9))]


def slow_pair(numbers, target):
    pairs = [(j, i) for i, j in combinations(range(len(numbers)), 2) if numbers[i] + numbers[j] == target]
    return min(pairs)[::-1] if pairs else None


def test_pair_in_any_list():
    for _ in range(60):
        numbers, target = small_list(0), rng.randint(-12, 12)
        expected = slow_pair(numbers, target)
        actual = two_sum.two_sum(numbers, target)
        assert actual == expected, f"two_sum({numbers}, {target}) gave {actual!r} instead of {expected}"


def test_long_lists():
    # Multiples of four, so no pair has a sum that leaves 3; then one pair that does, at the far end.
    numbers = [4 * n for n in rng.sample(range(1_000_000), 30_000)]
    target = 4 * rng.randint(100_000, 900_000) + 3
    actual = two_sum.two_sum(numbers, target)
    assert actual is None, f"multiples of four cannot add up to {target}, but two_sum gave {actual!r}"
    one = 4 * rng.randint(0, 50_000) + 1
    numbers[29_000], numbers[29_990] = one, target - one
    actual = two_sum.two_sum(numbers, target)
    assert actual == (29_000, 29_990), f"in a list of 30 000 numbers two_sum gave {actual!r} instead of (29000, 29990)"


def test_counts_in_any_list():
    for _ in range(40):
        numbers, target = small_list(0), rng.randint(-12, 12)
        expected = sum(a + b == target for a, b in combinations(numbers, 2))
        actual = two_sum.count_pairs(numbers, target)
        assert type(actual) is int and actual == expected, (
            f"count_pairs({numbers}, {target}) gave {actual!r} instead of {expected}"
        )
    low, high, other = (rng.randint(5_000, 10_000) for _ in range(3))
    numbers = [1] * low + [8] * high + [2] * other
    rng.shuffle(numbers)
    actual = two_sum.count_pairs(numbers, 9)
    assert actual == low * high, f"in a long list count_pairs gave {actual!r} instead of {low * high}"


def test_closest_sum_of_any_list():
    for _ in range(60):
        numbers, target = small_list(2), rng.randint(-15, 15)
        expected = min((abs(a + b - target), a + b) for a, b in combinations(numbers, 2))[1]
        actual = two_sum.closest_sum(numbers, target)
        assert type(actual) is int and actual == expected, (
            f"closest_sum({numbers}, {target}) gave {actual!r} instead of {expected}"
        )
    numbers = [4 * n for n in rng.sample(range(1_000_000), 30_000)]
    expected = sum(sorted(numbers)[:2])
    actual = two_sum.closest_sum(numbers, -rng.randint(1, 1000))
    assert actual == expected, f"in a long list closest_sum gave {actual!r} instead of {expected}"
