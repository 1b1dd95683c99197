# [attack]
# title = "Writes a hundred thousand single bytes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "."
"""One event a byte would cost the worker far more than the learner."""
import os

for number in range(100_000):
    os.write(1, b"\n" if number % 100 == 99 else b".")
