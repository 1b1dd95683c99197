# [attack]
# title = "Floods both streams from several threads"
# mode = "program"
# verdict = ["OUTPUT_LIMIT"]
"""Two streams at full speed must neither starve each other nor pass the limit together."""
import os
import threading


def flood(stream):
    while True:
        os.write(stream, b"0123456789abcde\n" * 64)


for stream in (1, 2, 1, 2):
    threading.Thread(target=flood, args=(stream,)).start()
