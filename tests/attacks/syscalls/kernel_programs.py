# [attack]
# title = "Loads programs into the kernel and watches it"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""bpf, perf, userfaultfd and io_uring are where most escapes of the last years began."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
zeros = ctypes.create_string_buffer(256)
attributes = ctypes.create_string_buffer((1).to_bytes(4, "little") + (128).to_bytes(4, "little"), 128)
CALLS = {
    "bpf map": (321, 0, (ctypes.c_uint32 * 8)(2, 4, 4, 4), 32),
    "bpf program": (321, 5, zeros, 128),
    "perf_event_open": (298, attributes, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "userfaultfd user mode": (323, 1),
    "io_uring_setup": (425, 4, zeros),
    "io_uring_enter": (426, 0, 1, 0, 0, None, 0),
    "io_uring_register": (427, 0, 0, None, 0),
    "fanotify_init": (300, 0, 0),
    "fanotify_init notify": (300, 0x200, 0),
    "lookup_dcookie": (212, 0, zeros, 256),
    "memfd_secret": (447, 0),
    "quotactl": (179, 0, None, 0, None),
    "vmsplice": (278, 1, zeros, 0, 99),
}
for name, (number, *args) in CALLS.items():
    done = libc.syscall(number, *args)
    print(f"ESCAPED: {name}" if done >= 0 else f"blocked: {name} {errno.errorcode[ctypes.get_errno()]}")
