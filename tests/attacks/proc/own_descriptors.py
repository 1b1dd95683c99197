# [attack]
# title = "Looks for descriptors that were left open"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "harmless"
"""A descriptor of the agent, inherited by accident, needs no further break-in."""
import os
import stat

odd = []
for fd in range(3, 4096):
    try:
        kind = stat.S_IFMT(os.fstat(fd).st_mode)
    except OSError:
        continue
    if kind == stat.S_IFREG and os.path.sameopenfile(fd, os.open(__file__, os.O_RDONLY)):
        continue
    odd.append((fd, stat.filemode(kind)))
print("ESCAPED: open %s" % odd if odd else "harmless")
