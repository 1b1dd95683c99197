# [attack]
# title = "Fills /dev/shm"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""/dev/shm is memory that outlives the process that wrote it."""
import errno

written = 0
try:
    for number in range(1000):
        with open(f"/dev/shm/filler{number}", "wb", buffering=0) as out:
            for _ in range(16):
                written += out.write(bytes(1024 * 1024))
            if written > 100 * 1024 * 1024:
                print("ESCAPED: wrote", written, "bytes to /dev/shm")
                break
except OSError as error:
    print("blocked:", errno.errorcode[error.errno], "after", written)
