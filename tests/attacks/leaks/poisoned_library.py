# [attack]
# title = "Poisons the library for the next run"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "first here"
# runs = 2
"""Compiled files, .pth files and start-up modules run in every interpreter that comes after."""
import json
import os
import site
import sys

found = [name for name in ("left_by_an_attack", "sitecustomize", "usercustomize") if hasattr(sys.modules.get(name), "LEFT_BY_AN_ATTACK")]
code = "LEFT_BY_AN_ATTACK = True\n"
folders = [os.path.dirname(json.__file__), os.path.join(os.path.dirname(json.__file__), "__pycache__"), *site.getsitepackages(), site.getusersitepackages(), *sys.path]
for folder in folders:
    if not folder or folder == os.path.dirname(os.path.abspath(__file__)):
        continue
    for name in ("usercustomize.py", "left_by_an_attack.pth", "left_by_an_attack.py"):
        path = os.path.join(folder, name)
        if os.path.exists(path) and name != "usercustomize.py":
            found.append(path)
        try:
            os.makedirs(folder, exist_ok=True)
            with open(path, "w") as file:
                file.write("import sys\n" if name.endswith(".pth") else code)
        except OSError:
            pass
print("ESCAPED: found %s" % found if found else "first here")
