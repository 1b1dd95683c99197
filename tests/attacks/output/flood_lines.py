# [attack]
# title = "Prints lines without end"
# mode = "program"
# verdict = ["OUTPUT_LIMIT"]
"""An endless loop with a print is the commonest accident of beginners."""
number = 0
while True:
    number += 1
    print("line", number)
