# [attack]
# title = "Computes a number of a thousand million digits"
# mode = "program"
# verdict = ["TIME_LIMIT", "MEMORY_LIMIT", "RUNTIME_ERROR"]
"""Arithmetic in C holds the interpreter lock and hears no signal handler."""
number = 10 ** (10**9)
print("ESCAPED:", number.bit_length())
