# [attack]
# title = "A regular expression that explodes"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""The matcher is C code that holds the interpreter lock and runs no signal handler."""
import re

re.match(r"(a|a|aa)+$", "a" * 60 + "b")
print("ESCAPED: the match came to an end")
