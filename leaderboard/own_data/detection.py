"""Detections: what was detected in a file, from what, and the flag that changes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from leaderboard.errors import RequestError, shortened
from leaderboard.visible_text import label

T = TypeVar("T")

_LONGEST = 60
_MOST = 8


@dataclass(frozen=True, slots=True)
class Detection:
    """A property of a file.

    Attributes:
        feature: name of the property ("encoding").
        value: its value, for people.
        evidence: what it was detected from.
        flag: the option that changes it; empty where there is none.
    """

    feature: str
    value: str
    evidence: str
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Detected(Generic[T]):
    """A value for the program, with its detection for people."""

    value: T
    detection: Detection


def question(path: Path, problem: str, *answers: str) -> RequestError:
    """Return the error for a guess that is not safe.

    Args:
        path: the file.
        problem: what is not clear, and what was seen.
        answers: flags that answer it, each with an example.
    """
    return RequestError(f"{path}: {problem}\n  Answer with {' or '.join(answers)}")


def quoted(value: str) -> str:
    """Return a value of a file in quotation marks, short and on one line."""
    return repr(shortened(label(value), _LONGEST))


def listed(values: Iterable[str]) -> str:
    """Return values of a file, separated by commas; at most eight of them."""
    every = list(values)
    more = f", and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(map(quoted, every[:_MOST])) + more
