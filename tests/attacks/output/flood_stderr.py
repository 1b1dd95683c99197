# [attack]
# title = "Floods standard error"
# mode = "program"
# verdict = ["OUTPUT_LIMIT"]
"""The second stream needs the same limit as the first."""
import sys

while True:
    sys.stderr.write("warning: all is well\n" * 50)
