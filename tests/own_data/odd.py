"""An odd file and what it is answered with."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions


@dataclass
class Odd:
    """A file and its outcome: values of detections and texts of notes, or a part of the error."""

    content: bytes | str
    detected: dict[str, str] = field(default_factory=dict)
    error: str = ""
    notes: tuple[str, ...] = ()
    options: DataArguments = field(default_factory=DataArguments)
    name: str = "reviews.csv"


def check_odd(odd: Odd, path: Path) -> None:
    """Write a file, and check that it is detected as it should be, or answered with one message."""
    path.write_bytes(odd.content.encode() if isinstance(odd.content, str) else odd.content)
    if odd.error:
        with pytest.raises(RequestError, match=odd.error) as refusal:
            inspect_data(DataOptions.read(path, odd.options))
        assert len(str(refusal.value)) < 1200
        return
    inspection = inspect_data(DataOptions.read(path, odd.options))
    values = {each.feature: each.value for each in inspection.detections}
    assert {feature: values[feature] for feature in odd.detected} == odd.detected
    for note in odd.notes:
        assert any(note in each for each in inspection.notes), (note, inspection.notes)
