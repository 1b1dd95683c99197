# [attack]
# title = "Asks for a terabyte at once"
# mode = "program"
# verdict = ["RUNTIME_ERROR", "MEMORY_LIMIT"]
"""One request far beyond the limit must fail at once and leave the cell well."""
text = "x" * 10**12
print("ESCAPED: holds", len(text))
