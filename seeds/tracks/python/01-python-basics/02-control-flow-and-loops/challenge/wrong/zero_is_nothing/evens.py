"""Even numbers: four functions, each with a border to look after."""


def is_even(n):
    """Return True when n is even, False when it is odd."""
    return n % 2 == 0


def even_numbers(start, stop):
    """Return the even numbers from start to stop, both included, in ascending order."""
    result = []
    for n in range(start, stop + 1):
        if is_even(n):
            result.append(n)
    return result


def count_even(numbers):
    """Return how many of the numbers are even."""
    count = 0
    for n in numbers:
        if is_even(n):
            count = count + 1
    return count


def first_even(numbers):
    """Return the first even number, or None when there is none."""
    found = next((n for n in numbers if is_even(n)), None)
    return found if found else None


if __name__ == "__main__":
    print(is_even(7))
    print(even_numbers(3, 8))
    print(first_even([7, 5, 4, 2]))
