"""What is learned from is never scored."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.examples import ChoiceExample, TaggedExample, TextExample
from leaderboard.data.overlap import Leak, disjoint, fingerprints, leaks, refuse_leaks, text_fingerprint
from leaderboard.data.sampling import share_of
from leaderboard.data.specification import DataSpec, Overlap
from leaderboard.errors import LeaderboardError, RequestError


def _fingerprint(text: str, second: str | None = None) -> str:
    return text_fingerprint(TextExample(id="x", text=text, second=second))


def _rows(split: str, *texts: str) -> list[TextExample]:
    return [TextExample(id=f"{split}-{number}", text=text) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's good.", "it 's good ."),
        ("  two\twords ", "TWO WORDS"),
        ("a re-imagining , at last", "A re imagining, at last!"),
        ("Straße", "STRASSE"),
        (":- )", ":-)"),
    ],
)
def test_the_same_sentence_set_otherwise_has_the_same_fingerprint(one: str, other: str) -> None:
    assert _fingerprint(one) == _fingerprint(other)


@pytest.mark.parametrize(("one", "other"), [("good", "not good"), (":-)", ":-("), ("", "a"), ("½", "1")])
def test_other_sentences_have_other_fingerprints(one: str, other: str) -> None:
    assert _fingerprint(one) != _fingerprint(other)


@given(st.text(), st.text(alphabet=" \t\n"))
def test_white_space_and_labels_do_not_count(text: str, space: str) -> None:
    labelled = TextExample(id="y", text=space + text + space, label=1)
    assert text_fingerprint(labelled) == _fingerprint(text)


def test_pairs_are_compared_as_pairs() -> None:
    assert _fingerprint("It rains.", "It is wet.") == _fingerprint("it rains", "it is wet")
    assert (
        len(
            {_fingerprint("a", "b"), _fingerprint("b", "a"), _fingerprint("ab"), _fingerprint("a b"), _fingerprint("a")}
        )
        == 4
    )


def test_a_tagged_sentence_says_what_its_words_make_as_text() -> None:
    tagged = TaggedExample(id="t", words=("It", "'s", "Ada", "."), tags=(0, 0, 1, 0))
    assert text_fingerprint(tagged) == _fingerprint("It's Ada.")


def test_a_question_is_known_by_its_choices_not_by_the_right_one() -> None:
    one, same, other = (
        ChoiceExample(id="q", question="Where?", choices=choices, answer=answer)
        for choices, answer in ((("here", "there"), 0), (("Here", "there"), 1), (("here", "nowhere"), 0))
    )
    assert text_fingerprint(one) == text_fingerprint(same) != text_fingerprint(other)


SHARED = {"train": _rows("train", "a", "b", "c", "a"), "search": _rows("search", "d"), "test": _rows("test", "e", "A.")}


def test_rows_that_are_trained_on_and_scored_are_refused() -> None:
    with pytest.raises(RequestError) as caught:
        disjoint(SHARED, Overlap.REFUSE, task="mine")
    assert str(caught.value).splitlines()[:2] == [
        "mine: training rows are also in scored splits",
        "  2 of 4 rows of 'train' are in 'test' too: train-1 is test-2, train-4 is test-2",
    ]
    assert "overlap: drop" in str(caught.value)


def test_every_two_splits_that_share_rows_are_told_with_the_first_of_them() -> None:
    texts = [str(number) for number in range(9)]
    splits = {"train": _rows("train", *texts), "search": _rows("search", *texts), "test": _rows("test", "8", "x")}
    with pytest.raises(RequestError) as caught:
        disjoint(splits, Overlap.REFUSE, task="mine")
    assert str(caught.value).splitlines()[1:4] == [
        "  9 of 9 rows of 'train' are in 'search' too: train-1 is search-1, train-2 is search-2, train-3 is search-3",
        "  1 of 9 rows of 'train' are in 'test' too: train-9 is test-1",
        "  1 of 9 rows of 'search' are in 'test' too: search-9 is test-1",
    ]


def test_dropping_leaves_shared_rows_out_of_what_is_learned_from_alone() -> None:
    splits = SHARED | {"search": _rows("search", "d", "e"), "nonmembers": _rows("nonmembers", "B", "D")}
    kept = disjoint(splits, Overlap.DROP, task="mine")
    assert {name: [row.id for row in rows] for name, rows in kept.items()} == {
        "train": ["train-3"],
        "search": ["search-1"],
        "test": ["test-1", "test-2"],
        "nonmembers": ["nonmembers-1", "nonmembers-2"],
    }


@pytest.mark.parametrize("policy", list(Overlap))
@pytest.mark.parametrize(
    "splits",
    [
        {},
        {"test": _rows("test", "a", "a")},
        {"train": _rows("train", "a", "a"), "search": [], "test": _rows("test", "b")},
        {"home": _rows("home", "a"), "away": _rows("away", "a")},
        {"search": _rows("search", "a"), "nonmembers": _rows("nonmembers", "a"), "test": _rows("test", "b")},
    ],
)
def test_splits_without_shared_rows_stay_as_they_are(splits: dict[str, list[Any]], policy: Overlap) -> None:
    assert disjoint(splits, policy, task="mine") == splits


def test_a_split_of_which_nothing_would_be_left_is_reported() -> None:
    splits = {"train": _rows("train", "a"), "test": _rows("test", "a")}
    with pytest.raises(RequestError, match="mine: every row of 'train' is in another split too"):
        disjoint(splits, Overlap.DROP, task="mine")


SPACED = st.builds(
    str.join,
    st.sampled_from([" ", "\t ", "\n"]),
    st.lists(st.sampled_from(["ab", "AB", "cd", "cD"]), min_size=1, max_size=3),
)


@given(st.lists(SPACED, max_size=30), st.floats(0.1, 0.9))
def test_shares_of_one_file_never_part_what_differs_in_case_and_white_space(texts: list[str], cut: float) -> None:
    rows = _rows("row", *texts)
    splits = {"train": share_of(rows, 0, cut), "nonmembers": share_of(rows, cut, 1)}
    assert disjoint(splits, Overlap.REFUSE, task="mine") == splits


def test_leaks_name_the_scored_row_and_where_it_was_learned() -> None:
    learned = fingerprints(_rows("train", "Good movie .", "Bad."), "movies")
    assert leaks(learned, _rows("test", "good movie", "fine", "bad")) == [
        Leak("test-1", "movies: train-1"),
        Leak("test-3", "movies: train-2"),
    ]
    assert leaks({}, _rows("test", "good movie")) == leaks(learned, []) == []


def test_a_subject_is_not_scored_on_what_it_was_trained_on() -> None:
    learned = fingerprints(_rows("train", "good", "bad"), "movies")
    splits = {"train": _rows("train", "good", "bad"), "home": _rows("home", "x"), "away": _rows("away", "Good!", "bad")}
    with pytest.raises(LeaderboardError) as caught:
        refuse_leaks(learned, splits, task="shift")
    assert str(caught.value) == (
        "the subject was trained on 2 of 2 rows of split 'away' of shift "
        "(away-1 is movies: train-1, away-2 is movies: train-2)"
    )


@pytest.mark.parametrize(("rows", "refused"), [(199, True), (200, False)])
def test_one_row_in_a_hundred_may_be_the_same_by_chance(rows: int, *, refused: bool) -> None:
    learned = fingerprints(_rows("train", "7", "8"), "movies")
    splits = {"test": _rows("test", *map(str, range(rows)))}
    if refused:
        with pytest.raises(LeaderboardError, match="2 of 199 rows"):
            refuse_leaks(learned, splits, task="mine")
    else:
        refuse_leaks(learned, splits, task="mine")


def test_a_single_row_may_be_the_same_by_chance_however_few_there_are() -> None:
    refuse_leaks(fingerprints(_rows("train", "wow"), "movies"), {"test": _rows("test", "Wow!", "x")}, task="mine")


def test_a_subject_that_was_trained_on_nothing_is_scored_on_anything() -> None:
    refuse_leaks({}, {"test": _rows("test", "a")}, task="mine")


def test_the_policy_is_part_of_a_task_only_where_it_is_said() -> None:
    source = {"file": "x", "sha256": "0" * 64}
    dump = {"splits": {"test": {"source": source}}}
    assert DataSpec.model_validate(dump).overlap is Overlap.REFUSE
    assert "overlap" not in DataSpec.model_validate(dump).model_dump()
    assert DataSpec.model_validate(dump | {"overlap": "drop"}).model_dump(mode="json")["overlap"] == "drop"
