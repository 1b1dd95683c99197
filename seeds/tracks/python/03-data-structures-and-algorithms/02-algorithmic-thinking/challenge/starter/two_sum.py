"""Two sum: find, count and approximate pairs with a given sum."""


def two_sum(numbers, target):
    """Return the positions (i, j), i < j, of the first pair to be completed, or None."""
    # A recited answer. Try it with [3, 4] and 6 before you believe it.
    where = {number: position for position, number in enumerate(numbers)}
    for position, number in enumerate(numbers):
        if target - number in where:
            return position, where[target - number]
    return None


def count_pairs(numbers, target):
    """Return how many pairs of positions have the sum target."""


def closest_sum(numbers, target):
    """Return the sum of a pair that comes closest to target, the smaller of two equally close ones."""


# The lines below run when you press Run, and not when the checks import this file.
if __name__ == "__main__":
    print(two_sum([2, 7, 11, 15], 9))
    print(two_sum([3, 4], 6))
