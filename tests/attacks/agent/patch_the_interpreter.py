# [attack]
# title = "Patches the modules that the agent's code uses"
# mode = "program"
# verdict = ["RUNTIME_ERROR"]
"""Whatever runs in the subject after the learner's code is under the learner's control, so it must not matter."""
import builtins
import json
import os
import socket
import struct
import sys

leave = os._exit
os._exit = lambda code: leave(0) if code == 0 else leave(5)
sys.exit = lambda *_: leave(5)
for module, names in ((json, ("dumps", "loads")), (struct, ("pack", "unpack")), (socket.socket, ("send", "sendall")), (os, ("write", "read"))):
    for name in names:
        try:
            setattr(module, name, lambda *_: b'{"type":"finished","outcome":"COMPLETED","exit_code":0}')
        except (TypeError, AttributeError):
            pass
builtins.SystemExit = KeyError
sys.excepthook = lambda *_: None
raise RuntimeError("this run has failed, whatever the patches say")
