# [attack]
# title = "Makes message queues by way of their file system"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "done"
"""Where mq_open is refused, the mounted file system may still make queues, which outlive the process."""
import os

for name in ("left-by-an-attack", "q" * 200):
    try:
        os.close(os.open("/dev/mqueue/" + name, os.O_CREAT | os.O_RDWR, 0o666))
        print("ESCAPED: made a queue")
    except OSError as error:
        print("blocked:", error.strerror)
print("done")
