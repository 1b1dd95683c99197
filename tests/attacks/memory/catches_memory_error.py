# [attack]
# title = "Goes on after every MemoryError"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "TIME_LIMIT"]
"""A program that swallows MemoryError pushes against the limit again and again."""
hoard = []
while True:
    try:
        hoard.append(bytearray(4 * 1024 * 1024))
    except MemoryError:
        pass
