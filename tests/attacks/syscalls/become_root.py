# [attack]
# title = "Changes its uid, groups and capabilities"
# mode = "program"
# verdict = ["ACCEPTED", "FORBIDDEN"]
# stdout_has = "blocked"
"""The subject was forked from a process with the power to change uids, and must have lost it for good."""
import errno
import os

if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()):
    print("ESCAPED: still has an identity of root", os.getresuid(), os.getresgid(), os.getgroups())
for name, change in {
    "setuid": lambda: os.setuid(0),
    "setresuid": lambda: os.setresuid(0, 0, 0),
    "setreuid": lambda: os.setreuid(-1, 0),
    "neighbour": lambda: os.setuid(os.getuid() + 1),
    "setgid": lambda: os.setgid(0),
    "setgroups": lambda: os.setgroups([0]),
    "seteuid": lambda: os.seteuid(0),
}.items():
    try:
        change()
        print("ESCAPED:", name)
    except OSError as error:
        print("blocked:", name, errno.errorcode[error.errno])
