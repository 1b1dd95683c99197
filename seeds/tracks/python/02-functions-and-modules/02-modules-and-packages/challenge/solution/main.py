"""Print the greatest common divisor and the least common multiple of two numbers."""

import sys

from mathkit import gcd, lcm


def main(arguments):
    """Run the program with the given arguments and return its exit code."""
    if len(arguments) != 2:
        print("usage: main.py A B", file=sys.stderr)
        return 2
    a, b = int(arguments[0]), int(arguments[1])
    print("gcd", gcd(a, b))
    print("lcm", lcm(a, b))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
