"""Content addresses: equal designs have equal digests on every machine."""

import hashlib
import json
from pathlib import Path
from typing import Any

from leaderboard.regular_files import open_regular

_CHUNK = 1 << 20


def digest(value: Any) -> str:
    """Return the SHA-256 (64 hex digits) of a JSON-like value, with keys sorted and no white space.

    Raises:
        TypeError: for a value that JSON cannot say, so that an object's address never enters an identity.
        ValueError: for NaN or infinity, which JSON has no word for.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 (64 hex digits) of a regular file.

    Raises:
        OSError: when it is not one, or cannot be read.
    """
    hasher = hashlib.sha256()
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()
