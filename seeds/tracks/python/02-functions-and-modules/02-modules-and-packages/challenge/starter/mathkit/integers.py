"""Whole numbers: divisors, multiples and primes."""


def gcd(a, b):
    """Return the greatest common divisor, never negative."""
    while b:
        a, b = b, a % b
    return a


def lcm(a, b):
    """Return the least common multiple, never negative."""
    return a * b


def is_prime(n):
    """Return True if n is prime."""
    for divisor in range(2, n):
        if n % divisor == 0:
            return False
    return True
