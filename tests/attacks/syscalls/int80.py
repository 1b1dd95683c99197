# [attack]
# title = "Makes 32-bit system calls from machine code"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
# cases = 4
"""The numbers of the 32-bit table differ, so a filter that forgets the architecture lets anything pass."""
import ctypes
import errno
import itertools
import mmap
import os
import platform
import signal
import sys


turns = itertools.count()


def attempt(name, call):
    """In a child of its own, because some calls are answered with a signal; one of them in each run, because some end it."""
    if next(turns) != int(sys.argv[1]):
        return
    child = os.fork()
    if child == 0:
        try:
            done = call()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0 if done is None or done >= 0 else ctypes.get_errno() or 255)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        print("blocked:", name, signal.Signals(os.WTERMSIG(status)).name)
    elif os.WEXITSTATUS(status):
        print("blocked:", name, errno.errorcode.get(os.WEXITSTATUS(status), os.WEXITSTATUS(status)))
    else:
        print("ESCAPED:", name)
    sys.stdout.flush()


if platform.machine() != "x86_64":
    print("blocked: no such machine code here")
    sys.exit(0)
# push rbx; mov eax, edi; mov ebx, esi; xor ecx, ecx; xor edx, edx; int 0x80; cdqe; pop rbx; ret
code = bytes.fromhex("53 89f8 89f3 31c9 31d2 cd80 4898 5b c3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_uint, ctypes.c_uint)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
for name, number, argument in (("getpid", 20, 0), ("unshare", 310, 0x10000000), ("ptrace traceme", 26, 0), ("userfaultfd", 374, 0)):
    attempt(name + " by int 0x80", lambda: call(number, argument))
