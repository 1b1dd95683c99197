# [attack]
# title = "Makes the compiler work for ever"
# mode = "program"
# verdict = ["TIME_LIMIT", "MEMORY_LIMIT", "RUNTIME_ERROR"]
"""The body of `finally` is compiled twice at each level, so thirty levels are a thousand million copies."""
levels = 30
lines = []
for level in range(levels):
    lines += [" " * level + "try:", " " * (level + 1) + "pass", " " * level + "finally:"]
lines.append(" " * levels + "pass")
compile("\n".join(lines), "bomb", "exec")
print("ESCAPED: compiled")
