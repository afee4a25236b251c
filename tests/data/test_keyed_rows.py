"""Rows of two files are joined by a key."""

import json

import pytest
from pydantic import ValidationError

from leaderboard.data.examples import RationaleChoiceExample
from leaderboard.data.reading import splits_of
from leaderboard.data.specification import DataSpec
from leaderboard.errors import RequestError
from leaderboard.identity import file_digest

QUESTIONS = [
    {"id": "a", "question": "Where is the blue whale?", "choices": ["sea", "sky"], "answer": "sea"},
    {"id": "b", "question": "What flies?", "choices": ["bird", "fish"], "answer": "bird"},
    {"id": "c", "question": "Who swims?", "choices": ["bird", "fish"], "answer": "fish"},
]
MARKS = [{"id": "c", "marked": "swims"}, {"id": "a", "marked": " Blue WHALE "}]


def data(folder, marks=MARKS, **split):
    source = {}
    for name, rows in {"questions": QUESTIONS, "marks": marks}.items():
        path = folder / f"{name}.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        source[name] = {"file": path.name, "sha256": file_digest(path)}
    fields = {
        "id": "id",
        "question": "question",
        "choices": "choices",
        "answer": "answer",
        "rationale": "partner.marked",
    }
    splits = {"test": {"source": source["questions"], "columns_from": source["marks"], "columns_by": "id", **split}}
    read = {"format": "jsonl", "rationales": "quotation", "fields": fields}
    return DataSpec.model_validate({"read": read, "splits": splits})


def examples(folder, **more):
    return list(splits_of(data(folder, **more), RationaleChoiceExample, folder=folder, offline=True)["test"])


def test_rows_have_the_columns_of_their_key_and_others_are_left_out(tmp_path):
    whale, swims = examples(tmp_path)
    assert whale.question[slice(*whale.rationale[0])] == "blue whale"
    assert (swims.id, swims.answer, swims.rationale) == ("c", 1, ((4, 9),))


def test_a_quotation_that_is_not_in_the_text_is_refused(tmp_path):
    with pytest.raises(RequestError, match="'red whale' is not in the text"):
        examples(tmp_path, marks=[{"id": "a", "marked": "red whale"}])


def test_a_key_that_the_other_file_has_twice_is_refused(tmp_path):
    with pytest.raises(RequestError, match="several rows of `columns_from` have 'a' in 'id'"):
        examples(tmp_path, marks=[*MARKS, MARKS[1]])


def test_a_column_that_the_first_file_lacks_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no column 'key'"):
        examples(tmp_path, columns_by="key")


def test_a_key_needs_another_file_and_is_not_recorded_without(tmp_path):
    with pytest.raises(ValidationError, match="`columns_by` needs `columns_from`"):
        data(tmp_path, columns_from=None)
    plain = data(tmp_path).model_dump()["splits"]["test"]
    assert plain["columns_by"] == "id"
    assert "columns_by" not in data(tmp_path, columns_from=None, columns_by=None).splits["test"].model_dump()
