"""Calculation core of a cash desk: other programs rely on these promises."""


def add(a, b):
    """Return the sum of a and b."""
    return a + b


def subtract(a, b):
    """Return the difference a - b."""
    return a - b


def multiply(a, b):
    """Return the product of a and b."""
    return a * b


def divide(a, b):
    """Return the quotient a / b; a ZeroDivisionError is raised when b is zero."""
    return a / b


def power(base, exponent=2):
    """Return base raised to exponent, the square when no exponent is given."""
    return base**exponent


def average(*numbers):
    """Return the average of the numbers; a ValueError is raised when there are none."""
    if not numbers:
        raise ValueError("there is no average of nothing")
    return sum(numbers) / len(numbers)


OPERATIONS = {"+": add, "-": subtract, "*": multiply, "/": divide}


def calculate(operation, a, b):
    """Do the operation '+', '-', '*' or '/'; a ValueError is raised for any other."""
    if operation not in OPERATIONS:
        raise ValueError(f"unknown operation: {operation}")
    return OPERATIONS[operation](a, b)


def record(result, history=[]):
    """Return a new list: the entries of history, then result."""
    history += [result]
    return history


if __name__ == "__main__":
    print(record(5))
    print(record(6))
