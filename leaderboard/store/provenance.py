"""Provenance of results: arguments of the run that measured them, also when they were imported."""

from collections.abc import Mapping
from typing import Any

from leaderboard.visible_text import one_line

IMPORT_MARK = "imported_from"
"""Argument of an importing run: the SHA-256 of the document."""
_FILE = "imported_file"


def import_arguments(arguments: Mapping[str, Any], *, digest: str, file: str) -> dict[str, Any]:
    """Return the arguments of an importing run: those of the measuring run, and the document."""
    return {**arguments, IMPORT_MARK: digest, _FILE: file}


def measured_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the measuring run, without the marks of an import."""
    return {name: value for name, value in arguments.items() if name not in {IMPORT_MARK, _FILE}}


def is_imported(arguments: Mapping[str, Any]) -> bool:
    """Whether a run took its numbers from a document, so that its arguments may be those of another machine."""
    return IMPORT_MARK in arguments


def import_file(arguments: Mapping[str, Any]) -> str:
    """Return the file name that an importing run read; empty for a run that measured.

    Imports of earlier versions stored only the digest, whose start is returned instead.
    """
    if not is_imported(arguments):
        return ""
    file = one_line(str(arguments.get(_FILE, "")))
    return file or f"a document with SHA-256 {one_line(str(arguments[IMPORT_MARK]))[:12]}…"


def import_note(file: str) -> str:
    """Return the note for results that were imported from a file."""
    return f"imported from {file}, not measured here"
