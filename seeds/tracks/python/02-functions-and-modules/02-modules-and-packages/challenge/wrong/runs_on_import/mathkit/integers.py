"""Whole numbers: divisors, multiples and primes."""

from math import isqrt


def gcd(a, b):
    """Return the greatest common divisor, never negative."""
    while b:
        a, b = b, a % b
    return abs(a)


def lcm(a, b):
    """Return the least common multiple, never negative, and 0 when one of the two is 0."""
    if a == 0 or b == 0:
        return 0
    return abs(a * b) // gcd(a, b)


def is_prime(n):
    """Return True if n is prime; a divisor, if there is one, lies at or below the square root."""
    if n < 2:
        return False
    if n % 2 == 0:
        return n == 2
    for divisor in range(3, isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True
