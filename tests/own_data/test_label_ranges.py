"""Ranges of a numeric label."""

from collections import Counter
from pathlib import Path

import pytest

from leaderboard.errors import RequestError
from leaderboard.own_data.classes import detect_classes
from leaderboard.own_data.options import DataOptions


@pytest.mark.parametrize(
    "ranges", ["lo=1..3,hi=3..5", "hi=3..5,lo=1..3", "lo=1..4,hi=3..5", {"lo": (1, 3), "hi": (3, 5)}]
)
def test_ranges_that_share_a_number_are_refused(ranges: str) -> None:
    with pytest.raises(RequestError, match="3 is in the ranges of both 'lo' and 'hi'"):
        DataOptions.read("reviews.csv", {"label_ranges": ranges})


@pytest.mark.parametrize("labels", [("0.5", "1.5", "4.5"), ("0.1", "0.10000000001"), tuple(map(str, range(-10, 20)))])
def test_the_ranges_of_the_question_hold_every_label_once(labels: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match="--label-ranges") as refusal:
        detect_classes(Path("a.csv"), "stars", Counter(labels), names={}, ranges={}, no_labels=())
    written = str(refusal.value).partition("--label-ranges ")[2].split()[0]
    ranges = DataOptions.read("a.csv", {"label_ranges": written}).label_ranges
    classes = detect_classes(Path("a.csv"), "stars", Counter(labels), names={}, ranges=ranges, no_labels=())
    assert {classes.name_of(label) for label in labels} == {"low", "high"}
