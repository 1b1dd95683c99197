# [attack]
# title = "Many threads burn CPU"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""CPU time is counted for all threads together."""
import threading


def burn():
    while True:
        pass


for _ in range(20):
    threading.Thread(target=burn).start()
