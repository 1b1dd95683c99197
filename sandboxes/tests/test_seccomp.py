"""The filter is run here by a small interpreter, for both architectures; the numbers are compared with the headers."""

import errno
import os
import re
import struct
import unittest

from agent import seccomp


def decide(machine, number, args=(), arch=None, **how):
    """What the filter answers to one call."""
    arch = seccomp.AUDIT_ARCH[machine] if arch is None else arch
    data = struct.pack("<iIQ6Q", number if number < 1 << 31 else number - (1 << 32), arch, 0, *(list(args) + [0] * (6 - len(args))))
    program = list(struct.iter_unpack("<HBBI", seccomp.assemble(machine, **how)))
    at, value = 0, 0
    while True:
        code, jt, jf, k = program[at]
        at += 1
        if code == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
        elif code == 0x54:
            value &= k
        elif code == 0x15:
            at += jt if value == k else jf
        elif code == 0x35:
            at += jt if value >= k else jf
        elif code == 0x45:
            at += jt if value & k else jf
        else:
            assert code == 0x06
            return k


class Filter(unittest.TestCase):
    def each(self):
        for column, machine in enumerate(("x86_64", "aarch64")):
            yield column, machine

    def test_hostile_calls_kill(self):
        for column, machine in self.each():
            for name, numbers in seccomp.FORBIDDEN.items():
                if numbers[column] is not None:
                    self.assertEqual(decide(machine, numbers[column]), seccomp.KILL_PROCESS, name)

    def test_hostile_calls_are_told_where_the_kernel_can(self):
        for column, machine in self.each():
            for number, args in ((165, 40)[column], ()), (seccomp.SOCKET[column], (17, 3)), (seccomp.CLONE[column], (0x10000000,)), (
                    seccomp.IOCTL[column], (0, 0x5412)):
                self.assertEqual(decide(machine, number, args, forbidden=seccomp.NOTIFY), seccomp.NOTIFY)
            self.assertEqual(decide(machine, 1, arch=0x40000003, forbidden=seccomp.NOTIFY), seccomp.NOTIFY)

    def test_a_subject_installs_no_filter(self):
        for column, machine in self.each():
            self.assertEqual(decide(machine, seccomp.PRCTL[column], (22, 2)), seccomp.ERRNO | errno.EPERM)
            self.assertEqual(decide(machine, seccomp.PRCTL[column], (15,)), seccomp.ALLOW)

    def test_refused_calls_answer_with_their_error(self):
        for column, machine in self.each():
            for name, numbers in seccomp.REFUSED.items():
                self.assertEqual(decide(machine, numbers[column]), seccomp.ERRNO | numbers[2], name)

    def test_foreign_abi_kills(self):
        self.assertEqual(decide("x86_64", 1, arch=0x40000003), seccomp.KILL_PROCESS)
        self.assertEqual(decide("x86_64", 0x40000000 + 39), seccomp.KILL_PROCESS)
        self.assertEqual(decide("x86_64", 0xFFFFFFFF), seccomp.KILL_PROCESS)

    def test_ordinary_calls_pass(self):
        for number in (0, 1, 9, 39, 59, 60, 231, 257):
            self.assertEqual(decide("x86_64", number), seccomp.ALLOW)

    def test_sockets(self):
        for column, machine in self.each():
            ask = lambda family, kind: decide(machine, seccomp.SOCKET[column], (family, kind))
            for family in (1, 2, 10):
                self.assertEqual(ask(family, 1 | 0o2000000), seccomp.ALLOW)
            self.assertEqual(ask(2, 3), seccomp.KILL_PROCESS)
            self.assertEqual(ask(17, 2), seccomp.KILL_PROCESS)
            self.assertEqual(ask(40, 1), seccomp.KILL_PROCESS)
            self.assertEqual(ask(16, 3), seccomp.ERRNO | errno.EAFNOSUPPORT)
            self.assertEqual(ask(38, 5), seccomp.ERRNO | errno.EAFNOSUPPORT)

    def test_inet_sockets_are_of_the_two_common_protocols(self):
        for column, machine in self.each():
            ask = lambda family, kind, protocol: decide(machine, seccomp.SOCKET[column], (family, kind, protocol))
            for family in (2, 10):
                for kind, protocol in ((1, 0), (1, 6), (2, 0), (2, 17), (1 | 0o2004000, 0)):
                    self.assertEqual(ask(family, kind, protocol), seccomp.ALLOW)
                for protocol in (1, 33, 58, 115, 132, 136, 256, 262):
                    self.assertEqual(ask(family, 2, protocol), seccomp.ERRNO | errno.EPROTONOSUPPORT)
                for kind in (4, 5, 6):
                    self.assertEqual(ask(family, kind, 0), seccomp.ERRNO | errno.ESOCKTNOSUPPORT)
            pair = lambda family: decide(machine, seccomp.SOCKETPAIR[column], (family, 1, 0))
            self.assertEqual((pair(1), pair(30)), (seccomp.ALLOW, seccomp.ERRNO | errno.EAFNOSUPPORT))

    def test_clone_makes_no_namespace(self):
        for column, machine in self.each():
            self.assertEqual(decide(machine, seccomp.CLONE[column], (0x3D0F00,)), seccomp.ALLOW)
            for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
                self.assertEqual(decide(machine, seccomp.CLONE[column], (bit | 17,)), seccomp.KILL_PROCESS)

    def test_terminal_injection_kills(self):
        self.assertEqual(decide("x86_64", 16, (0, 0x5412)), seccomp.KILL_PROCESS)
        self.assertEqual(decide("x86_64", 16, (0, 0x5401)), seccomp.ALLOW)

    def test_numbers_agree_with_the_headers(self):
        for column, path in ((0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (1, "/usr/include/asm-generic/unistd.h")):
            if not os.path.exists(path):
                continue
            with open(path) as file:
                known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", file.read())}
            for name, numbers in {**seccomp.FORBIDDEN, **seccomp.REFUSED, "socket": seccomp.SOCKET, "clone": seccomp.CLONE,
                                  "socketpair": seccomp.SOCKETPAIR, "ioctl": seccomp.IOCTL, "prctl": seccomp.PRCTL}.items():
                if numbers[column] is not None and name in known:
                    self.assertEqual(numbers[column], known[name], name)


if __name__ == "__main__":
    unittest.main()
