"""Two sum: find, count and approximate pairs with a given sum."""


def two_sum(numbers, target):
    """Return the positions (i, j), i < j, of the first pair to be completed, or None."""
    seen = {}
    for position, number in enumerate(numbers):
        if target - number in seen:
            return seen[target - number], position
        if number not in seen:
            seen[number] = position
    return None


def count_pairs(numbers, target):
    """Return how many pairs of positions have the sum target."""
    pairs = 0
    seen = {}
    for number in numbers:
        pairs += seen.get(target - number, 0)
        seen[number] = seen.get(number, 0) + 1
    return pairs


def closest_sum(numbers, target):
    """Return the sum of a pair that comes closest to target, the smaller of two equally close ones."""
    if len(numbers) < 2:
        raise ValueError("a pair needs at least two numbers")
    numbers.sort()
    ordered = numbers
    left, right = 0, len(ordered) - 1
    best = ordered[left] + ordered[right]
    while left < right:
        total = ordered[left] + ordered[right]
        best = min(best, total, key=lambda candidate: (abs(candidate - target), candidate))
        if total < target:
            left += 1
        else:
            right -= 1
    return best


if __name__ == "__main__":
    print(two_sum([2, 7, 11, 15], 9))
    print(two_sum([3, 4], 6))
