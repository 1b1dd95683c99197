# [attack]
# title = "Mounts file systems by the old and the new calls"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""With a mount the read-only root is no longer read-only."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "mount": (165, b"none", b"/tmp", b"tmpfs", 0, None),
    "remount root": (165, None, b"/", None, 32, None),
    "mount proc": (165, b"proc", b"/tmp", b"proc", 0, None),
    "umount2": (166, b"/proc/kcore", 2),
    "pivot_root": (155, b"/", b"/tmp"),
    "chroot": (161, b"/tmp"),
    "open_tree": (428, -100, b"/", 1),
    "move_mount": (429, -100, b"/", -100, b"/tmp", 0),
    "fsopen": (430, b"tmpfs", 0),
    "fsmount": (432, 0, 0, 0),
    "fspick": (433, -100, b"/", 0),
    "mount_setattr": (442, -100, b"/", 0, None, 0),
}
for name, (number, *args) in CALLS.items():
    done = libc.syscall(number, *args)
    print(f"ESCAPED: {name}" if done >= 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}")
