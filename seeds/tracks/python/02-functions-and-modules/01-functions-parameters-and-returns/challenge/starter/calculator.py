"""Calculation core of a cash desk: other programs rely on these promises."""


def add(a, b):
    """Return the sum of a and b."""
    return a + b


def subtract(a, b):
    """Return the difference a - b."""
    print(a - b)


def multiply(a, b):
    """Return the product of a and b."""


def divide(a, b):
    """Return the quotient a / b; a ZeroDivisionError is raised when b is zero."""
    if b == 0:
        return "Error: division by zero"
    return a / b


def power(base, exponent):
    """Return base raised to exponent, the square when no exponent is given."""


def average(*numbers):
    """Return the average of the numbers; a ValueError is raised when there are none."""


def calculate(operation, a, b):
    """Do the operation '+', '-', '*' or '/'; a ValueError is raised for any other."""


def record(result, history=[]):
    """Return a new list: the entries of history, then result."""
    history.append(result)
    return history


# The lines below run when you press Run, and not when the checks import this file.
if __name__ == "__main__":
    print(record(5))
    print(record(6))
