# [attack]
# title = "Waits for input that never comes"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "TIME_LIMIT"]
"""A closed stdin must be an end of file, not a wait."""
import sys

sys.stdin.read()
print("input is over")
