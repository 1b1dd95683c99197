# [attack]
# title = "Makes thousands of folders side by side and inside each other"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "folders"
"""Clean-up that lists a folder anew for each of its children takes time that grows with the square."""
import os

made = 0
try:
    os.mkdir("wide")
    while True:
        os.mkdir(f"wide/{made}")
        made += 1
except OSError:
    pass
print(made, "folders")
