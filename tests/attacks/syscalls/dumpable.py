# [attack]
# title = "Makes itself dumpable and dumps core"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""A core file goes where the host's core_pattern says."""
import ctypes
import os
import resource

PR_SET_DUMPABLE = 4
ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
if hard != 0:
    print("ESCAPED: may dump core of", hard)
os.abort()
