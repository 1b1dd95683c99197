"""Which file names a run may bring. The worker has checked them already; a cell does not rely on that."""

import re
import sys

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}\Z")
DEPTH_MAX = 6
# The judge's own modules: a learner's file of that name would be imported in their place, or hide the proxy.
RESERVED = {"judge", "agent", "pytest", "_pytest", "pluggy", "iniconfig", "attr", "packaging", "conftest", "sitecustomize",
            "usercustomize", "py", "setup"}


def refused_path(path, learner):
    """Why the path is refused, or None."""
    parts = path.split("/")
    if len(parts) > DEPTH_MAX or not all(_PART.match(part) and ".." not in part for part in parts):
        return "not a plain relative path"
    if learner and path.endswith(".py"):
        top = parts[0][:-3] if len(parts) == 1 else parts[0]
        # Python 3.9 does not know the names of its own library.
        if top in RESERVED or top in getattr(sys, "stdlib_module_names", ()):
            return "it would shadow a module that is needed"
    if parts[-1] == "conftest.py":
        return "conftest.py is not allowed"
    return None


def module_names(paths):
    """Every module and package that the learner's files make up."""
    names = set()
    for path in paths:
        if not path.endswith(".py"):
            continue
        parts = path[:-3].split("/")
        if parts[-1] == "__init__":
            parts.pop()
        for length in range(1, len(parts) + 1):
            if all(part.isidentifier() for part in parts[:length]):
                names.add(".".join(parts[:length]))
    return names
