# [attack]
# title = "Looks for network interfaces"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "only lo"
"""A cell has a loopback and nothing else."""
import socket

names = []
try:
    names += [name for _, name in socket.if_nameindex()]
except OSError as error:
    print("blocked: if_nameindex,", error.strerror)
try:
    with open("/proc/self/net/dev") as file:
        names += [line.split(":")[0].strip() for line in file.readlines()[2:]]
except OSError:
    pass
with open("/proc/self/net/route") as file:
    routes = file.readlines()[1:]
odd = set(names) - {"lo"}
# Tunnel devices that a kernel puts into every namespace are down and lead nowhere.
odd -= {"tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0"}
print("ESCAPED: %s %s" % (odd, routes) if odd or routes else "only lo")
