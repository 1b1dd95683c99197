# [attack]
# title = "Runs the set-uid programs of the image"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "no new privileges"
"""su, mount and passwd are on most images: no-new-privileges must make them harmless."""
import os
import stat
import subprocess

with open("/proc/self/status") as status:
    lines = dict(line.split(":", 1) for line in status)
print("no new privileges" if lines["NoNewPrivs"].strip() == "1" else "ESCAPED: new privileges are possible")
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    if int(lines[name], 16):
        print("ESCAPED: holds", name, lines[name].strip())
if lines["Seccomp"].strip() != "2":
    print("ESCAPED: no system call filter")
found = []
for top in ("/bin", "/sbin", "/usr", "/opt"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID) and not os.path.islink(path):
                    found.append(path)
            except OSError:
                pass
for path in found:
    if os.path.basename(path) == "su":
        done = subprocess.run([path, "-c", "id -u"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.stdout.strip() == "0":
            print("ESCAPED: root through", path)
