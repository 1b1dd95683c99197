# [attack]
# title = "A plain fork bomb"
# mode = "program"
# verdict = ["FORBIDDEN", "RUNTIME_ERROR", "TIME_LIMIT"]
"""Every process forks for ever, the oldest way to take a machine down."""
import os

while True:
    os.fork()
