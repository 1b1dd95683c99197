# [attack]
# title = "Kills every process it may signal"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "still here"
"""kill(-1) reaches all processes of the same uid in the container, so nobody else may have that uid."""
import os
import signal

for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
    try:
        os.kill(-1, number)
        print("reached own processes only")
    except OSError as error:
        print("blocked:", error.strerror)
print("still here")
