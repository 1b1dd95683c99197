"""Averages of lists of numbers."""


def mean(values):
    """Return the arithmetic mean; a ValueError is raised for an empty list."""
    return sum(values) / len(values)


def median(values):
    """Return the middle value; a ValueError is raised for an empty list."""
    values.sort()
    return values[len(values) // 2]
