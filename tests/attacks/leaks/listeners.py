# [attack]
# title = "Leaves a daemon that listens for the next run"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""A listener on loopback or on an abstract name would wait for the next learner."""
import os
import socket
import sys
import time

PLACES = ((socket.AF_INET, ("127.0.0.1", 45_454)), (socket.AF_UNIX, "\0left-by-an-attack"))
found = []
for family, address in PLACES:
    with socket.socket(family) as connection:
        if connection.connect_ex(address) == 0:
            found.append(address)
print("ESCAPED: found %s" % found if found else "first here")
sys.stdout.flush()
if os.fork() == 0:
    os.setsid()
    listeners = []
    for family, address in PLACES:
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()
        listeners.append(listener)
    time.sleep(600)
time.sleep(0.2)
