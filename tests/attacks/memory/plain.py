# [attack]
# title = "Takes memory without end"
# mode = "program"
# verdict = ["MEMORY_LIMIT"]
"""The plainest of all: a list that grows until something gives."""
hoard = []
while True:
    hoard.append(bytearray(8 * 1024 * 1024))
