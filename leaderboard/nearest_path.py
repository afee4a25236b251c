"""Hints to an existing file or folder of nearly the same name as one that does not exist."""

import difflib
from pathlib import Path


def nearest_path(path: Path) -> str:
    """Return a hint with the file of nearly the same name in the same folder; empty where there is none.

    Args:
        path: a path that does not exist.
    """
    names = [other.name for other in path.parent.iterdir() if other != path] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"\n  Did you mean '{path.parent / near[0]}'?" if near else ""
