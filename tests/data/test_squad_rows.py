import json

import pytest

from leaderboard.data.examples import ReferenceExample
from leaderboard.data.reading import read_split
from leaderboard.data.specification import Reading, Split
from leaderboard.errors import RequestError
from leaderboard.identity import file_digest

FIELDS = {
    "id": "id",
    "text": {"template": "{{ context }} {{ question }}"},
    "references": {"column": "answers", "each": "text"},
    "group": "paragraph",
}


def question(key, *answers):
    return {"id": key, "question": f"{key}?", "answers": [{"text": text, "answer_start": 0} for text in answers]}


def squad(*paragraphs):
    each = [{"context": f"Text {at}.", "qas": list(questions)} for at, questions in enumerate(paragraphs)]
    return {"version": "1.1", "data": [{"title": "T", "paragraphs": each}]}


def read(tmp_path, content, **more):
    file = tmp_path / "squad.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    split = Split.model_validate({"source": {"file": "squad.json", "sha256": file_digest(file)}})
    reading = Reading.model_validate({"format": "squad", "fields": FIELDS, **more})
    return read_split(split, reading, (), ReferenceExample, name="test", folder=tmp_path, offline=True)


def test_each_question_is_a_row_with_its_paragraph(tmp_path):
    rows = read(tmp_path, squad([question("a", "one", "two"), question("b", "three")], [question("c", "four", " ")]))
    assert [(row.id, row.text, row.references) for row in rows] == [
        ("a", "Text 0. a?", ("one", "two")),
        ("b", "Text 0. b?", ("three",)),
        ("c", "Text 1. c?", ("four",)),
    ]
    assert rows[0].group == rows[1].group != rows[2].group


def test_a_question_without_an_answer_lacks_a_value(tmp_path):
    content = squad([question("a", "one"), question("b")])
    with pytest.raises(RequestError, match="row 2"):
        read(tmp_path, content)
    assert [row.id for row in read(tmp_path, content, missing="drop")] == ["a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "list of articles under `data`"),
        ({"data": {}}, "list of articles under `data`"),
        ({"data": []}, "no question"),
        ({"data": [{"paragraphs": [{"context": "x", "qas": 3}]}]}, "no question"),
        ("{", "not JSON"),
    ],
)
def test_another_file_is_refused(tmp_path, content, message):
    with pytest.raises(RequestError, match=message):
        read(tmp_path, content)
