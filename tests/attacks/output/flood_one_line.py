# [attack]
# title = "Prints one line that never ends"
# mode = "program"
# verdict = ["OUTPUT_LIMIT"]
"""A reader that waits for the end of the line keeps everything in memory."""
import sys

while True:
    sys.stdout.write("never ending ")
