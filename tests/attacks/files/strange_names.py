# [attack]
# title = "Makes files with strange and very long names"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "made"
"""Names with line ends, invalid UTF-8 or 255 bytes break tools that clean up or list."""
import os

made = 0
for name in (b"n" * 255, b"line\nend", b"\xff\xfe\x80", b"-rf", b"*", b"\xe2\x80\xae.py", b"a\\b", b" ", b"'; exit 1; '", b"$(id)"):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    os.mkdir(name[:200] + b".d")
    made += 1
print("made", made)
