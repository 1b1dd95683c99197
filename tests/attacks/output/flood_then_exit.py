# [attack]
# title = "Prints two mebibytes and is gone"
# mode = "program"
# verdict = ["OUTPUT_LIMIT", "ACCEPTED"]
"""What is left in the pipe at the end of the program is counted as well."""
import os

data = b"x" * 1023 + b"\n"
for _ in range(2048):
    os.write(1, data)
