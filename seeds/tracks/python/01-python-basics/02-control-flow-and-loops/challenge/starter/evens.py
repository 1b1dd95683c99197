"""Even numbers: four functions, each with a border to look after."""


def is_even(n):
    """Return True when n is even, False when it is odd."""
    return n % 2


def even_numbers(start, stop):
    """Return the even numbers from start to stop, both included, in ascending order."""
    result = []
    for n in range(start, stop):
        # Decide here which numbers go into the list, with result.append(n).
        pass
    return result


def count_even(numbers):
    """Return how many of the numbers are even."""
    count = 0
    return count


def first_even(numbers):
    """Return the first even number, or None when there is none."""
    for n in numbers:
        if n % 2 == 0:
            return n
        else:
            return None


# The lines below run when you press Run, and not when the checks import this file.
if __name__ == "__main__":
    print(is_even(7))
    print(even_numbers(3, 8))
    print(first_even([7, 5, 4, 2]))
