# [attack]
# title = "Calls mount and asks for nothing else"
# mode = "program"
# verdict = ["FORBIDDEN"]
"""A call that only an attack makes has a verdict of its own."""
import ctypes

ctypes.CDLL(None).mount(b"none", b"/tmp", b"tmpfs", 0, None)
print("ESCAPED: went on after mount")
