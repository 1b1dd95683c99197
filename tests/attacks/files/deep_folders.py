# [attack]
# title = "Makes folders thousands of levels deep"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "levels"
"""A path longer than any path may be breaks clean-up that recurses or joins names."""
import os

levels = 0
try:
    while levels < 20_000:
        os.mkdir("d" * 50)
        os.chdir("d" * 50)
        levels += 1
except OSError:
    pass
print(levels, "levels")
