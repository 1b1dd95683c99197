# [attack]
# title = "Takes memory through anonymous maps"
# mode = "program"
# verdict = ["MEMORY_LIMIT"]
"""Maps go past the allocator, so only the kernel can count them."""
import mmap

hoard = []
while True:
    block = mmap.mmap(-1, 16 * 1024 * 1024)
    for page in range(0, len(block), 4096):
        block[page] = 1
    hoard.append(block)
