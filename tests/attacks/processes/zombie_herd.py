# [attack]
# title = "Leaves dead children unburied"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "parent done"
"""Zombies hold process ids of the cell until somebody reaps them."""
import os

born = 0
try:
    while born < 100:
        if os.fork() == 0:
            os._exit(0)
        born += 1
except OSError:
    pass
print("parent done,", born, "unburied")
