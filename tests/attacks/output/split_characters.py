# [attack]
# title = "Writes characters one byte at a time"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "kůň 🐎 馬 done"
"""A character cut in two by a read must arrive whole."""
import os
import time

for number in "kůň 🐎 馬 done\n".encode():
    os.write(1, bytes([number]))
    time.sleep(0.04)
