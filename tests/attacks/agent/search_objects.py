# [attack]
# title = "Looks for frames among the objects of its interpreter"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "nothing found"
"""A child forked from a process that has read a frame inherits it."""
import gc

KEYS = {"run_id", "declared", "checks", "judge_cpu_ms", "call_timeout_ms", "check_started"}
found = []
for thing in gc.get_objects():
    if type(thing) is dict and thing is not globals():
        hit = KEYS & {key for key in list(thing) if type(key) is str}
        if len(hit) >= 2:
            found.append(sorted(hit))
print("ESCAPED: %s" % found[:3] if found else "nothing found")
