"""Rationales of texts in the forms that files have them, and rows that see the other row of their pair."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.example_builder import check_fields
from leaderboard.data.examples import RationaleExample, TextExample
from leaderboard.data.rationales import changed_spans
from leaderboard.data.reading import read_split
from leaderboard.data.sampling import content
from leaderboard.data.source import Source
from leaderboard.data.specification import DataSpec, Reading, Split
from leaderboard.errors import RequestError

LABELS = ("civil", "toxic")
FIELDS = {"text": "text", "label": "label", "rationale": "marks"}
Read = Callable[..., list[RationaleExample]]


@pytest.fixture
def read(written: Callable[[str], Source], tmp_path: Path) -> Read:
    def reader(rows: str, **reading: Any) -> list[RationaleExample]:
        settings = Reading.model_validate({"fields": FIELDS} | reading)
        split = Split(source=written(rows))
        return read_split(split, settings, LABELS, RationaleExample, name="test", folder=tmp_path, offline=True)

    return reader


def parts(example: RationaleExample) -> list[str]:
    return [example.text[start:end] for start, end in example.rationale]


def test_spans_are_pairs_of_the_first_character_and_the_one_after_the_last(read: Read) -> None:
    (example,) = read("text\tlabel\tmarks\nyou stupid fool\ttoxic\t[[4, 10], [11, 15]]\n")
    assert parts(example) == ["stupid", "fool"]


def test_spans_of_json_need_no_text(read: Read) -> None:
    (example,) = read('{"text": "you fool", "label": "toxic", "marks": [[4, 8]]}\n', format="jsonl")
    assert parts(example) == ["fool"]


def test_numbers_of_characters_are_joined_to_spans(read: Read) -> None:
    (example,) = read("text\tlabel\tmarks\na b fool\ttoxic\t[4, 5, 6, 7, 0]\n", rationales="characters")
    assert parts(example) == ["a", "fool"]


def test_no_mark_is_an_empty_rationale(read: Read) -> None:
    (example,) = read("text\tlabel\tmarks\nfine\tcivil\t[]\n", rationales="characters")
    assert example.rationale == ()


@pytest.mark.parametrize(
    ("marks", "reading", "message"),
    [
        (
            "[[4, 9]]",
            {},
            r"line 2: row 1: the span \[4, 9\] is not in the text, which has 8 characters",
        ),
        ("[[4, 4]]", {}, r"the span \[4, 4\] is not in the text"),
        ("[[-1, 4]]", {}, "is no list of spans, such as"),
        ("[4, 5]", {}, "`rationales: characters` reads the numbers of the marked characters"),
        ("fool", {}, r"'fool' is no list of spans, such as \[\[0, 4\], \[10, 17\]\] \(`rationales: spans`\)"),
        ("[[4, 8]]", {"rationales": "characters"}, "is no list of numbers of characters, counted from 0"),
        ("[8]", {"rationales": "characters"}, r"the span \[8, 9\] is not in the text"),
        ("[true]", {"rationales": "characters"}, "is no list of numbers of characters"),
    ],
)
def test_a_wrong_rationale_is_refused_with_its_line(
    read: Read, marks: str, reading: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        read(f"text\tlabel\tmarks\nyou fool\ttoxic\t{marks}\n", **reading)


def test_words_that_a_revision_changes_are_marked(read: Read) -> None:
    (example,) = read("text\tlabel\tmarks\nA dull, slow film.\ttoxic\tA bright, slow film!\n", rationales="revision")
    assert parts(example) == ["dull", "."]


@pytest.mark.parametrize(
    ("text", "revision", "changed"),
    [
        ("it was not my cup of tea", "it was my cup of tea", ["not"]),
        ("it was my cup of tea", "it was not my cup of tea", []),
        ("房间很脏", "房间很好", ["脏"]),
        ("same", "same", []),
    ],
)
def test_changed_spans(text: str, revision: str, changed: list[str]) -> None:
    assert [text[start:end] for start, end in changed_spans(text, revision)] == changed


PAIRED = {
    "fields": {"text": "text", "label": "label", "group": "pair", "rationale": "partner.text"},
    "rationales": "revision",
    "pair_column": "pair",
}


def test_each_row_of_a_pair_sees_the_other(read: Read) -> None:
    rows = "pair\ttext\tlabel\n7\tvery rude\ttoxic\n8\tan ass\ttoxic\n7\tvery kind\tcivil\n8\ta donkey\tcivil\n"
    examples = read(rows, **PAIRED)
    assert [(example.text, parts(example)) for example in examples] == [
        ("very rude", ["rude"]),
        ("an ass", ["an ass"]),
        ("very kind", ["kind"]),
        ("a donkey", ["a donkey"]),
    ]
    assert examples[0].cluster == examples[2].cluster != examples[1].cluster


def test_a_row_without_a_partner_is_refused(read: Read) -> None:
    with pytest.raises(RequestError, match=r"row 1: 1 rows have '7' in 'pair' \(`pair_column`\); a pair has two"):
        read("pair\ttext\tlabel\n7\trude\ttoxic\n", **PAIRED)
    with pytest.raises(RequestError, match=r"no column 'both' \(`pair_column`\)\n  Columns: pair, text, label"):
        read("pair\ttext\tlabel\n7\trude\ttoxic\n", **PAIRED | {"pair_column": "both"})


def test_columns_of_the_partner_are_read_from_a_table(read: Read) -> None:
    rows = "pair\ttext\tlabel\n7\trude\ttoxic\n7\tkind\tcivil\n"
    assert len(read(rows, **PAIRED, missing="drop")) == 2


def test_a_rationale_does_not_make_a_text_another_one() -> None:
    marked = RationaleExample(id="1", text="you fool", label=1, rationale=((4, 8),))
    assert content(marked) == content(TextExample(id="2", text="you fool"))


def test_rationales_are_of_single_texts() -> None:
    with pytest.raises(ValueError, match="a pair of texts"):
        RationaleExample(id="1", text="a", second="b", label=0, rationale=())


def test_changed_texts_have_no_rationale(written: Callable[[str], Source]) -> None:
    split = {"source": written("x"), "perturbation": "homophones"}
    data = DataSpec.model_validate({"labels": LABELS, "read": {"fields": FIELDS}, "splits": {"test": split}})
    with pytest.raises(RequestError, match="`perturbation` would move the texts under their rationales"):
        check_fields(data, RationaleExample)


def test_a_setting_left_at_its_default_is_not_in_the_identity() -> None:
    assert not {"rationales", "pair_column"} & Reading().model_dump().keys()
