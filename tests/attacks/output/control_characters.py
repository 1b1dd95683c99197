# [attack]
# title = "Prints control characters and look-alikes of line ends"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "the end"
"""NUL, escape sequences, bidirectional marks and odd line separators must travel as text."""
import sys

sys.stdout.write("".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029\u202e\ufeff\uffff\U0010ffff\n")
sys.stdout.write("\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\r\n\r\r\n")
print("the end")
