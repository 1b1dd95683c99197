# [attack]
# title = "Walks up the stack of its interpreter"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing found"
"""The frames below the learner's code belong to the agent, with their variables."""
import os
import sys
import types

frame = sys._getframe()
found = []
while frame:
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if frame.f_globals is globals():
            continue
        if isinstance(value, (bytes, bytearray)) and b"run" + b"_id" in value:
            found.append(name)
        if hasattr(value, "fileno") and not isinstance(value, (type, types.ModuleType)):
            try:
                if value.fileno() > 2:
                    os.fstat(value.fileno())
                    found.append(name)
            except (OSError, ValueError, TypeError):
                pass
    frame = frame.f_back
print("ESCAPED: %s" % found if found else "nothing found")
