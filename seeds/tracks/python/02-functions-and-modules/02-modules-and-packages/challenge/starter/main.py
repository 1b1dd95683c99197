"""Print the greatest common divisor and the least common multiple of two numbers."""

import sys

from mathkit.integers import gcd, lcm

# These lines also run when another file imports this one.
print("gcd", gcd(12, 18))
print("lcm", lcm(12, 18))
