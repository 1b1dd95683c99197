# [attack]
# title = "Sleeps for an hour"
# mode = "program"
# verdict = ["TIME_LIMIT"]
"""Sleeping costs no CPU, so the wall clock has to end it."""
import time

time.sleep(3600)
print("ESCAPED: an hour went by")
