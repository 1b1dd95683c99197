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
    values.sort()
    middle = len(values) // 2
    if len(values) % 2 == 1:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2
