"""Provenance: what a run was asked for, also where it did not measure but took its numbers from a document."""

from collections.abc import Mapping
from typing import Any

_IMPORTED = "imported_from"


def imported(arguments: Mapping[str, Any], document: str) -> dict[str, Any]:
    """The arguments of a run that imports: those of the run that measured, and the SHA-256 of the document's file."""
    return {**arguments, _IMPORTED: document}


def asked_for(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the run that measured, wherever it did."""
    return {name: value for name, value in arguments.items() if name != _IMPORTED}
