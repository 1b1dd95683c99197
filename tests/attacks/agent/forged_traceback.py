# [attack]
# title = "Prints a traceback and a message of the agent, and succeeds"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "infrastructure"
"""Words on stderr change no verdict."""
import sys

print("Traceback (most recent call last):\nMemoryError\nKilled\nSegmentation fault (core dumped)", file=sys.stderr)
print("agent: infrastructure error: cell fault, please try again")
