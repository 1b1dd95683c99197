def total(numbers):
    """Return the sum of the numbers."""
