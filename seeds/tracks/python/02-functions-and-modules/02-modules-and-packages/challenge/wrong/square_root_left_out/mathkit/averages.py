"""Averages of lists of numbers."""


def mean(values):
    """Return the arithmetic mean; a ValueError is raised for an empty list."""
    if not values:
        raise ValueError("there is no mean of nothing")
    return sum(values) / len(values)


def median(values):
    """Return the middle value; a ValueError is raised for an empty list."""
    if not values:
        raise ValueError("there is no median of nothing")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
