# [attack]
# title = "Calls ptrace and asks for nothing else"
# mode = "program"
# verdict = ["FORBIDDEN"]
"""A call that only an attack makes has a verdict of its own."""
import ctypes

ctypes.CDLL(None).ptrace(16, 1, None, None)
print("ESCAPED: went on after ptrace")
