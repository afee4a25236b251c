"""A whole run with a served model: from the reference to the store."""

import json

import pytest
import yaml

from leaderboard import Leaderboard
from leaderboard.cache.file_digests import file_digest
from tests.backends.openai.toy_server import Toy, serving


@pytest.fixture
def questions(tmp_path):
    """A task file of multiple choice."""
    lines = [
        {"id": str(number), "question": f"The film {number}", "choices": ["good", "bad"], "answer": number % 2}
        for number in range(6)
    ]
    data = tmp_path / "questions.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines))
    fields = {name: name for name in ("id", "question", "choices", "answer")}
    content = {
        "name": "questions",
        "version": 1,
        "axis": "accuracy",
        "protocol": "multiple_choice",
        "description": "Which word follows?",
        "data": {
            "read": {"format": "jsonl", "fields": fields},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "metrics": ["accuracy"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    path = tmp_path / "questions.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def measured(tmp_path, reference, questions):
    board = Leaderboard(tmp_path / "results.db")
    board.run(reference, tasks=[questions])
    (row,) = board.results(metrics="accuracy").to_dict("records")
    return row


def test_choices_are_measured_and_served_from_the_store(tmp_path, questions):
    toy = Toy()
    with serving(toy) as reference:
        first = measured(tmp_path, reference, questions)
        sent = sum(path == "/v1/completions" and " bad" in str(request) for path, request in toy.requests)
        assert measured(tmp_path, reference, questions) == first
    assert first["status"] == "measured"
    assert first["environment"] == "openai"
    assert "log-likelihoods come from a server" in str(first["notes"])
    assert sent == sum(path == "/v1/completions" and " bad" in str(request) for path, request in toy.requests)


def test_what_a_server_cannot_is_not_measured_with_its_answer(tmp_path, questions):
    with serving(Toy(completions=False)) as reference:
        row = measured(tmp_path, reference, questions)
    assert row["status"] == "not_measured"
    assert "cannot choose (it can: generate)" in row["reason"]
    assert "no such endpoint" in row["reason"]


def test_a_server_that_fails_is_measured_again_by_the_next_run(tmp_path, questions, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.openai.connection.WAITS_S", ())
    toy = Toy()
    with serving(toy) as reference:
        toy.trouble = lambda path, request, answer: (500, {}, {}) if "The film 3" in str(request) else answer
        assert measured(tmp_path, reference, questions)["status"] == "failed"
        toy.trouble = None
        assert measured(tmp_path, reference, questions)["status"] == "measured"
