# [attack]
# title = "Raises its own limit of processes"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""A limit that its holder may lift is no limit."""
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
    print("ESCAPED: process limit is", resource.getrlimit(resource.RLIMIT_NPROC))
except (ValueError, OSError):
    print("blocked: limit stays at", soft, hard)
