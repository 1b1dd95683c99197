"""A small kit of mathematics: the front door of the package."""

__all__ = ["gcd", "is_prime", "lcm", "mean", "median"]
