"""Raw labels of one class, and of different ones."""

from collections import Counter
from pathlib import Path

import pytest

from leaderboard.own_data.classes import Classes, detect_classes
from leaderboard.own_data.label_keys import label_key, label_keys

PATH = Path("reviews.csv")


def classes_of(*labels: str, names: dict[str, str] | None = None, no_labels: tuple[str, ...] = ()) -> Classes:
    counts = Counter(dict.fromkeys(labels, 20))
    return detect_classes(PATH, "label", counts, names=names or {}, ranges={}, no_labels=no_labels)


def test_spellings_of_a_number_have_one_key() -> None:
    assert label_keys(["1", "1.0", " 1 ", "+1", "1."]) == {"1"}
    assert label_keys(["-0", "0", "0.0"]) == {"0"}


@pytest.mark.parametrize(
    "labels",
    [
        ("1234567", "1234568"),
        ("9007199254740992", "9007199254740993"),
        ("1" * 40, "1" * 39 + "2"),
        ("01", "1"),
        ("1e5", "100000"),
        ("0.1", "0.10000000001"),
    ],
)
def test_different_numbers_have_different_keys(labels: tuple[str, str]) -> None:
    assert len(label_keys(labels)) == 2
    if "." not in labels[0]:  # fractions are a scale
        assert set(classes_of(*labels).names) == set(labels)


def test_the_key_of_a_word_has_no_case() -> None:
    assert label_key(" Positive") == label_key("positive")
