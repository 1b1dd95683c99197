from fractions import Fraction
from math import gcd, isclose

from judge import mutable, rng, subject

import mathkit.averages
import mathkit.integers


def close(actual, expected):
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def pairs(count):
    """Pairs that share a factor, of either sign, some with a zero."""
    for _ in range(count):
        factor = rng.randint(1, 60)
        yield factor * rng.randint(-500, 500), factor * rng.choice([0, *range(-500, 500)])


def sieve(end):
    """The primes below end."""
    composite = bytearray(end)
    for n in range(2, end):
        if not composite[n]:
            for multiple in range(n * n, end, n):
                composite[multiple] = 1
    return [n for n in range(2, end) if not composite[n]]


def test_gcd_and_lcm_of_any_numbers():
    for a, b in [*pairs(30), (0, 14), (-14, 0)]:
        divisor = gcd(a, b)
        multiple = abs(a * b) // divisor if divisor else 0
        actual = mathkit.integers.gcd(a, b)
        assert actual == divisor, f"gcd({a}, {b}) gave {actual!r} instead of {divisor}"
        actual = mathkit.integers.lcm(a, b)
        assert actual == multiple, f"lcm({a}, {b}) gave {actual!r} instead of {multiple}"


def test_any_number_for_primality():
    primes = sieve(3000)
    for n in [0, 1, 2, *rng.sample(primes, 20), *(rng.randint(-50, 2999) for _ in range(30))]:
        actual = mathkit.integers.is_prime(n)
        assert actual is (n in primes), f"is_prime({n}) gave {actual!r} instead of {n in primes}"


def test_large_primes():
    large = [9_999_999_999_971, 9_999_999_999_863, 9_999_999_999_799]
    factors = [p for p in sieve(300_000) if p > 250_000]
    cases = [
        (rng.choice(large), True),
        (rng.choice(factors) * rng.choice(factors), False),
        (rng.choice(factors) ** 2, False),
    ]
    for n, expected in cases:
        actual = mathkit.integers.is_prime(n)
        assert actual is expected, f"is_prime({n}) gave {actual!r} instead of {expected}"


def test_averages_of_any_values():
    for _ in range(20):
        values = [rng.randint(-400, 400) / 4 for _ in range(rng.randint(1, 15))]
        mean = float(sum(map(Fraction, values)) / len(values))
        low, high = sorted(values)[(len(values) - 1) // 2], sorted(values)[len(values) // 2]
        actual = mathkit.averages.mean(values)
        assert close(actual, mean), f"mean({values}) gave {actual!r} instead of {mean!r}"
        given = list(values)
        actual = mathkit.averages.median(mutable(given))
        assert close(actual, (low + high) / 2), f"median({values}) gave {actual!r} instead of {(low + high) / 2!r}"
        assert given == values, f"median changed the list {values} to {given!r}"


def test_program_with_any_numbers():
    for _ in range(3):
        a, b = rng.randint(2, 400), rng.randint(2, 400)
        divisor = gcd(a, b)
        run = subject.run(args=[str(a), str(b)], entry="main.py")
        assert run.stdout == f"gcd {divisor}\nlcm {a * b // divisor}\n", f"main.py {a} {b} printed {run.stdout!r}"
