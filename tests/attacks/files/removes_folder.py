# [attack]
# title = "Removes or renames its working folder"
# mode = "program"
# verdict = ["ACCEPTED"]
# stdout_has = "moved"
"""What comes after must not rely on the folder being there."""
import os
import shutil

here = os.getcwd()
shutil.rmtree(here, ignore_errors=True)
try:
    os.rename(here, here + ".away")
except OSError:
    pass
print("moved")
