# [attack]
# title = "Hides memory in pipes"
# mode = "program"
# verdict = ["ACCEPTED", "MEMORY_LIMIT", "RUNTIME_ERROR"]
"""Each pipe may hold a mebibyte of kernel memory."""
import fcntl
import os

F_SETPIPE_SZ = 1031
held = 0
pipes = []
try:
    while held < 600 * 1024 * 1024:
        read, write = os.pipe()
        pipes.append((read, write))
        try:
            fcntl.fcntl(write, F_SETPIPE_SZ, 1024 * 1024)
        except OSError:
            pass
        os.set_blocking(write, False)
        try:
            while True:
                held += os.write(write, bytes(65536))
        except BlockingIOError:
            pass
    print("ESCAPED: pipes hold", held, "bytes")
except OSError as error:
    print("blocked:", error.strerror, "after", held)
