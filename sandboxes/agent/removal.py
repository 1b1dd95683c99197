"""What a sweep looks at and takes away: living processes of a uid, and files of its own in the writable places."""

import os
import stat
import time

from . import census

WRITABLE = ("/work", "/tmp", "/dev/shm")


def count_alive(uid):
    """Living processes of a uid. /proc's own file owner says nothing: processes that are not dumpable show root."""
    alive = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        content = census.read("/proc/%s/status" % name)
        at = content.find(b"\nUid:\t")
        state = content.find(b"\nState:\t")
        if at < 0 or content[state + 8:state + 9] in (b"Z", b"X"):
            continue
        if int(content[at + 6:at + 20].split(b"\t")[0]) == uid:
            alive += 1
    return alive


def remove_own(path, uid, deadline):
    """Removes everything below a folder; True when nothing of the uid is left. Called when no process of the uid lives,
    so nothing changes underneath."""
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        return True
    clean = True
    for name in names:
        try:
            info = os.lstat(path + "/" + name)
            if info.st_uid != uid:
                continue
            if stat.S_ISDIR(info.st_mode):
                _remove_tree(path, name, deadline)
            else:
                os.unlink(path + "/" + name)
        except OSError:
            clean = False
    return clean


def _remove_tree(parent, name, deadline):
    """Removes a folder by walking down and up through descriptors, so no path gets long and no link is followed. Each
    folder is listed once. Not recursive in Python: a learner may nest folders deeper than the stack."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    # For the folder of `fd` and those above it: the folders in it that are still to be removed.
    pending = [[name]]
    fd = os.open(parent, flags)
    try:
        while pending:
            if time.monotonic() > deadline:
                raise TimeoutError
            if pending[-1]:
                folder = pending[-1][-1]
                os.chmod(folder, 0o700, dir_fd=fd)
                child = os.open(folder, flags, dir_fd=fd)
                os.close(fd)
                fd = child
                pending.append(_remove_entries(fd))
                continue
            pending.pop()
            if pending:
                above = os.open("..", flags, dir_fd=fd)
                os.close(fd)
                fd = above
                os.rmdir(pending[-1].pop(), dir_fd=fd)
    finally:
        os.close(fd)


def _remove_entries(fd):
    """Removes the files and the empty folders of a folder; the names of the other folders."""
    full = []
    with os.scandir(fd) as entries:
        listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in listed:
        if not is_folder:
            os.unlink(name, dir_fd=fd)
            continue
        try:
            os.rmdir(name, dir_fd=fd)
        except OSError:
            full.append(name)
    return full
