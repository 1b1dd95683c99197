# [attack]
# title = "Connects to sockets of the host"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "blocked"
"""Abstract sockets belong to the network namespace and need no file."""
import errno
import glob
import socket

paths = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/var/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432", "/run/redis/redis.sock", "/tmp/.X11-unix/X0"]
paths += ["\0/tmp/.X11-unix/X0", "\0/containerd-shim/moby", "\0docker", "\0snapd"]
with open("/proc/self/net/unix") as file:
    paths += [line.split()[7].replace("@", "\0", 1) for line in file.readlines()[1:] if len(line.split()) > 7]
for pattern in ("/run/**/*.sock", "/tmp/**/*.sock"):
    paths += glob.glob(pattern, recursive=True)
for path in paths:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(path)
            print("ESCAPED: connected to", repr(path))
    except OSError as error:
        print("blocked:", repr(path), errno.errorcode.get(error.errno, error))
