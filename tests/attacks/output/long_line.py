# [attack]
# title = "Prints one line of half a mebibyte"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "x"
"""A line beyond its cap is cut with a mark, and the run goes on."""
import sys

sys.stdout.write("x" * 512 * 1024 + "\n")
print("short line")
