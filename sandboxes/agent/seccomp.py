"""The subject's system call filter, assembled by hand: classic BPF over `struct seccomp_data`.

Calls that only an attack makes are told to the agent by the kernel, while the caller waits for its end (watch.py); a kernel
without such notices kills the process (SIGSYS). Either becomes the FORBIDDEN verdict, but a parent may hide how its own
child died. Calls that innocent libraries try and can do without are answered with an error. Everything else is left to the
container's own profile.
"""

import errno
import platform
import struct

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

KILL_PROCESS = 0x80000000
NOTIFY = 0x7FC00000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000

X32_BIT = 0x40000000
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NAMESPACE_FLAGS = 0x7E020000

# name: (x86_64, aarch64); None where the architecture has no such call.
FORBIDDEN = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "init_module": (175, 105), "delete_module": (176, 106), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "open_by_handle_at": (304, 265), "lookup_dcookie": (212, 18), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "vhangup": (153, 58), "uselib": (134, None), "nfsservctl": (180, 42),
}
REFUSED = {
    "io_uring_setup": (425, 425, errno.ENOSYS), "io_uring_enter": (426, 426, errno.ENOSYS),
    "io_uring_register": (427, 427, errno.ENOSYS), "clone3": (435, 435, errno.ENOSYS),
    "memfd_secret": (447, 447, errno.ENOSYS),
    "personality": (135, 92, errno.EPERM), "syslog": (103, 116, errno.EPERM),
    "name_to_handle_at": (303, 264, errno.EPERM), "process_madvise": (440, 440, errno.EPERM),
    "adjtimex": (159, 171, errno.EPERM), "clock_adjtime": (305, 266, errno.EPERM),
    "mbind": (237, 235, errno.EPERM), "set_mempolicy": (238, 237, errno.EPERM),
    "get_mempolicy": (239, 236, errno.EPERM), "migrate_pages": (256, 238, errno.EPERM),
    "move_pages": (279, 239, errno.EPERM),
    "fanotify_init": (300, 262, errno.EPERM), "fanotify_mark": (301, 263, errno.EPERM),
    "vmsplice": (278, 75, errno.EPERM),
    # A filter of the subject's own would answer before this one's notice.
    "seccomp": (317, 277, errno.EPERM),
    # Memory that outlives the process that asked for it.
    "shmget": (29, 194, errno.EPERM), "shmat": (30, 196, errno.EPERM), "shmctl": (31, 195, errno.EPERM),
    "semget": (64, 190, errno.EPERM), "semctl": (66, 191, errno.EPERM), "semop": (65, 193, errno.EPERM),
    "msgget": (68, 186, errno.EPERM), "msgctl": (71, 187, errno.EPERM), "msgsnd": (69, 189, errno.EPERM),
    "mq_open": (240, 180, errno.EPERM), "mq_unlink": (241, 181, errno.EPERM),
    "mq_timedsend": (242, 182, errno.EPERM), "mq_timedreceive": (243, 183, errno.EPERM),
    "mq_notify": (244, 184, errno.EPERM), "mq_getsetattr": (245, 185, errno.EPERM),
    "msgrcv": (70, 188, errno.EPERM), "semtimedop": (220, 192, errno.EPERM), "shmdt": (67, 197, errno.EPERM),
}
SOCKET = (41, 198)
SOCKETPAIR = (53, 199)
CLONE = (56, 220)
IOCTL = (16, 29)
PRCTL = (157, 167)

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK = 1, 2, 10, 16, 17, 40
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_PACKET, SOCK_TYPE_MASK = 1, 2, 3, 10, 0xF
IPPROTO_TCP, IPPROTO_UDP = 6, 17
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
PR_SET_SECCOMP = 22

# struct seccomp_data { int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; }, little-endian here.
NR_AT, ARCH_AT, ARGS_AT = 0, 4, 16

_LOAD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06


def _statement(code, k, jt=0, jf=0):
    return struct.pack("HBBI", code, jt, jf, k)


def _load(offset):
    return _statement(_LOAD, offset)


def _ret(action):
    return _statement(_RET, action)


def _when_nr(number, body):
    """Runs `body`, which ends with a return on every path, when the call is `number`. At most 255 instructions."""
    return [_statement(_JEQ, number, 0, len(body))] + body


def _when_value(k, action):
    """Ends with `action` when the accumulator is k."""
    return [_statement(_JEQ, k, 0, 1), _ret(action)]


def _socket_body(forbidden):
    body = [_load(ARGS_AT)]
    body += _when_value(AF_PACKET, forbidden) + _when_value(AF_VSOCK, forbidden)
    # A raw netlink socket is how libc lists interfaces: that family is refused, whatever the type.
    body += _when_value(AF_NETLINK, ERRNO | errno.EAFNOSUPPORT)
    body += [_load(ARGS_AT + 8), _statement(_AND, SOCK_TYPE_MASK)]
    body += _when_value(SOCK_RAW, forbidden) + _when_value(SOCK_PACKET, forbidden)
    body += [_load(ARGS_AT)] + _when_value(AF_UNIX, ALLOW)
    # Loopback is all there is, for TCP and UDP; the rarer protocols of these families are little-tested kernel code.
    inet = [_load(ARGS_AT + 8), _statement(_AND, SOCK_TYPE_MASK), _statement(_JEQ, SOCK_STREAM, 2, 0),
            _statement(_JEQ, SOCK_DGRAM, 1, 0), _ret(ERRNO | errno.ESOCKTNOSUPPORT), _load(ARGS_AT + 16)]
    for protocol in (0, IPPROTO_TCP, IPPROTO_UDP):
        inet += _when_value(protocol, ALLOW)
    inet += [_ret(ERRNO | errno.EPROTONOSUPPORT)]
    body += [_statement(_JEQ, AF_INET, 2, 0), _statement(_JEQ, AF_INET6, 1, 0), _ret(ERRNO | errno.EAFNOSUPPORT)]
    return body + inet


def _socketpair_body():
    return [_load(ARGS_AT)] + _when_value(AF_UNIX, ALLOW) + [_ret(ERRNO | errno.EAFNOSUPPORT)]


def assemble(machine=None, forbidden=KILL_PROCESS):
    """The filter's bytes for this machine; raises KeyError for an architecture without a table. `forbidden` is what the
    kernel does about a call that only an attack makes: KILL_PROCESS or NOTIFY."""
    machine = machine or platform.machine()
    column = ("x86_64", "aarch64").index(machine) if machine in AUDIT_ARCH else None
    if column is None:
        raise KeyError("no system call table for " + machine)
    program = [_load(ARCH_AT), _statement(_JEQ, AUDIT_ARCH[machine], 1, 0), _ret(forbidden), _load(NR_AT)]
    if machine == "x86_64":
        program += [_statement(_JGE, X32_BIT, 0, 1), _ret(forbidden)]
    for numbers in FORBIDDEN.values():
        if numbers[column] is not None:
            program += _when_value(numbers[column], forbidden)
    for numbers in REFUSED.values():
        program += _when_value(numbers[column], ERRNO | numbers[2])
    program += _when_nr(CLONE[column], [_load(ARGS_AT), _statement(_JSET, NAMESPACE_FLAGS, 0, 1),
                                        _ret(forbidden), _ret(ALLOW)])
    program += _when_nr(IOCTL[column], [_load(ARGS_AT + 8)] + _when_value(TIOCSTI, forbidden)
                        + _when_value(TIOCLINUX, forbidden) + [_ret(ALLOW)])
    program += _when_nr(PRCTL[column], [_load(ARGS_AT)] + _when_value(PR_SET_SECCOMP, ERRNO | errno.EPERM) + [_ret(ALLOW)])
    program += _when_nr(SOCKET[column], _socket_body(forbidden))
    program += _when_nr(SOCKETPAIR[column], _socketpair_body())
    program += [_ret(ALLOW)]
    return b"".join(program)
