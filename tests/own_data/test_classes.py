"""Raw labels of one class, and of different ones."""

from collections import Counter
from pathlib import Path

import pytest

from leaderboard.errors import RequestError
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


@pytest.mark.parametrize("raw", ["-", "?", "null", "N/A"])
def test_a_label_that_was_named_is_a_class_in_other_files_too(raw: str) -> None:
    classes = classes_of(raw, "+", "0", names={raw: "neg", "+": "pos", "0": "neutral"})
    other = classes.for_file(Path("other.csv"), Counter([raw, "+", "0", "nan"]), names={}, no_labels=())
    assert [other.name_of(label) for label in (raw, "+", "0", "nan")] == ["neg", "pos", "neutral", None]
    assert other.absent == {"nan"}


def test_a_label_of_another_file_alone_is_asked_about_or_named() -> None:
    classes, labels = classes_of("0", "1"), Counter({"1": 3, "2": 2})
    with pytest.raises(RequestError, match=r"label '2' \(2 rows\) .* numbers may mean something else in this file"):
        classes.for_file(Path("other.csv"), labels, names={}, no_labels=())
    assert classes.for_file(Path("other.csv"), labels, names={}, no_labels=("2",)).name_of("2") is None
    named = classes.for_file(Path("other.csv"), labels, names={"1": "0", "2": "1"}, no_labels=())
    assert [named.name_of(raw) for raw in labels] == ["0", "1"]
    with pytest.raises(RequestError, match="'three' is none of the classes '0', '1'"):
        classes.for_file(Path("other.csv"), labels, names={"2": "three"}, no_labels=())


@pytest.mark.parametrize("labels", [("-", "+"), ("-", "+", "0"), ("0", "1", "-"), ("+", "-", "?")])
def test_a_minus_beside_signs_and_numbers_is_a_question(labels: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match=r"(?s)'-' \(20 rows\).*--label-names '-=NAME'.*--no-label '-'"):
        classes_of(*labels)


def test_a_minus_beside_words_is_no_label() -> None:
    assert classes_of("good", "bad", "-").names == ("bad", "good")
    assert classes_of("0", "1", "-", no_labels=("-",)).names == ("0", "1")


def test_a_name_holds_for_all_spellings_of_a_label() -> None:
    classes = classes_of("1", "1.0", "0", names={"1": "positive", "0": "negative"})
    assert classes.names == ("negative", "positive")
    assert classes.values == {"0": "negative", "1": "positive", "1.0": "positive"}
    assert classes_of("1.0", "0.0", names={"1": "positive", "0": "negative"}).names == ("negative", "positive")


def test_two_answers_to_one_label_are_refused() -> None:
    with pytest.raises(RequestError, match=r"'1\.0' is another spelling"):
        classes_of("1", "1.0", "0", names={"1": "positive", "1.0": "negative"})
    with pytest.raises(RequestError, match="both name the label '1'"):
        classes_of("0", "1", names={"1": "positive"}, no_labels=("1",))


def test_a_minus_beside_a_scale_is_no_label() -> None:
    counts = Counter({"1": 20, "5": 20, "-": 3})
    ranges = {"low": (1.0, 2.0), "high": (4.0, 5.0)}
    assert detect_classes(PATH, "stars", counts, names={}, ranges=ranges, no_labels=()).absent == {"-"}
