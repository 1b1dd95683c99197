# [attack]
# title = "A loop inside C"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""A timer in the same interpreter would never get its turn."""
print("ESCAPED:", sum(range(10**13)))
