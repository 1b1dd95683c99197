# [attack]
# title = "Never ends"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""The simplest of endless programs."""
while True:
    pass
