# [attack]
# title = "Hides memory in System V segments"
# mode = "program"
# verdict = ["MEMORY_LIMIT", "RUNTIME_ERROR", "ACCEPTED"]
"""System V segments live on after their creator and are charged to nobody's heap."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
held = 0
while held < 600:
    segment = libc.shmget(0, 16 * 1024 * 1024, 0o1600)
    if segment < 0:
        print("blocked: no further segment after", held, "MiB")
        break
    address = libc.shmat(segment, None, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        print("blocked: no further mapping after", held, "MiB")
        break
    ctypes.memset(address, 1, 16 * 1024 * 1024)
    libc.shmdt(ctypes.c_void_p(address))
    held += 16
else:
    print("ESCAPED: holds", held, "MiB")
