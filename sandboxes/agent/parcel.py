"""Messages between the trusted processes of a cell: JSON over a SOCK_SEQPACKET pair, with descriptors beside it.

Large contents (files, checks) do not travel here but in memory files whose descriptor is passed.
"""

import array
import fcntl
import json
import os
import socket

MESSAGE_BYTES_MAX = 128 * 1024
DESCRIPTORS_MAX = 8


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock, message, fds=()):
    """Sends one message. The descriptors stay open here: the caller closes its own."""
    data = json.dumps(message).encode("ascii")
    if len(data) > MESSAGE_BYTES_MAX:
        raise ValueError("message too large")
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], ancillary)


def receive(sock):
    """(message, descriptors), or (None, []) when the other side is gone."""
    fds = array.array("i")
    data, ancillary, _flags, _address = sock.recvmsg(
        MESSAGE_BYTES_MAX, socket.CMSG_SPACE(DESCRIPTORS_MAX * fds.itemsize), socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[:len(content) - len(content) % fds.itemsize])
    if not data:
        return None, list(fds)
    return json.loads(data), list(fds)


def memory_file(content):
    """A descriptor of a file in memory that holds the JSON of `content`, sealed: nobody who gets it can change it."""
    fd = os.memfd_create("parcel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    data = json.dumps(content).encode("ascii")
    at = 0
    while at < len(data):
        at += os.write(fd, data[at:at + 1048576])
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


def read_memory_file(fd):
    """The content of such a file, whatever its offset is by now."""
    size = os.fstat(fd).st_size
    parts, at = [], 0
    while at < size:
        part = os.pread(fd, size - at, at)
        if not part:
            break
        parts.append(part)
        at += len(part)
    return json.loads(b"".join(parts))
