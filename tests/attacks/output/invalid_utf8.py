# [attack]
# title = "Prints bytes that are no UTF-8"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "after the noise"
"""Frames are JSON, so bytes that are no text must not reach them."""
import os
import random

random.seed(7)
for _ in range(200):
    os.write(1, random.randbytes(200))
os.write(1, b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80\n")
os.write(2, b"\x80" * 1000 + b"\xf0\x9f\x90")
os.write(1, b"\nafter the noise\n")
