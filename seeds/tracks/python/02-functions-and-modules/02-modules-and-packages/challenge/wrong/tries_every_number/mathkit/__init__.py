"""A small kit of mathematics: the front door of the package."""

from mathkit.averages import mean, median
from mathkit.integers import gcd, is_prime, lcm

__all__ = ["gcd", "is_prime", "lcm", "mean", "median"]
