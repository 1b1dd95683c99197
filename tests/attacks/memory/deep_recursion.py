# [attack]
# title = "Overflows the C stack"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""A crash in C must look like the learner's crash and dump no core."""
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __repr__(self):
        return repr(self)


print("ESCAPED:", repr(Deep()))
