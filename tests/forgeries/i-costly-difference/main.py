"""A failed comparison of long texts is explained line by line, and the explaining is the judge's work."""
import sys

sys.stdin.read()
for number in range(60_000):
    print("ann: 5" + " " * (number % 70) + "ab" * (number % 11))
