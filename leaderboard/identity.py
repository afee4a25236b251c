"""Content addresses: the same design gives the same digest, whatever the machine, the order of keys or the day."""

import hashlib
import json
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


def digest(value: Any) -> str:
    """SHA-256 (64 hex digits) of a JSON-like value, with keys sorted and no white space.

    Raises:
        TypeError: for a value that JSON cannot say, so that an object's address never enters an identity.
        ValueError: for NaN or infinity, which JSON has no word for.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file's bytes."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()
