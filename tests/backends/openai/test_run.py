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


def measured(tmp_path, reference, questions, **options):
    board = Leaderboard(tmp_path / "results.db")
    board.run(reference, tasks=[questions], **options)
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
    assert "cannot choose (it can: generate, stream)" in row["reason"]
    assert "`--recipe letters`" in row["reason"]
    assert "no such endpoint" in row["reason"]


def test_a_server_that_fails_is_measured_again_by_the_next_run(tmp_path, questions, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.openai.connection.WAITS_S", ())
    toy = Toy()
    with serving(toy) as reference:
        toy.trouble = lambda path, request, answer: (500, {}, {}) if "The film 3" in str(request) else answer
        assert measured(tmp_path, reference, questions)["status"] == "failed"
        toy.trouble = None
        assert measured(tmp_path, reference, questions)["status"] == "measured"


def test_choices_by_letters_are_another_row_and_a_ranking_says_so(tmp_path, questions):
    with serving(Toy(likeliest_letters=(("B", -0.1), ("A", -2.0)))) as reference:
        board = Leaderboard(tmp_path / "results.db")
        board.run(reference, tasks=[questions])
        board.run(reference, tasks=[questions], recipe="letters")
        rows = board.results(metrics="accuracy").set_index("recipe")
        (remark,) = board.rank(tasks=["questions"]).remarks
    assert rows.loc["letters", "value"] == 0.5
    assert "not by log-likelihoods" in rows.loc["letters", "notes"]
    assert rows["subject"].nunique() == 2
    assert remark.startswith("'questions' was answered in different ways: toy/letters(questions) by letters in a chat")


def test_an_answer_without_a_letter_is_wrong_and_reported(tmp_path, questions):
    settings = {"recipe": "letters", "by": "text"}
    with serving(Toy(chat_text=lambda message: "A" if "film 0" in message else "A, since")) as reference:
        row = measured(tmp_path, reference, questions, recipe=settings)
    assert row["value"] == pytest.approx(1 / 6)
    assert "answers that name none of the choices, counted as wrong: 5 of 6" in row["notes"]


def test_a_server_without_log_probabilities_of_a_chat_is_not_measured_with_what_is_valid(tmp_path, questions):
    with serving(Toy(completions=False)) as reference:
        row = measured(tmp_path, reference, questions, recipe="letters")
    assert row["status"] == "not_measured"
    assert "--set recipe.by=json_schema" in row["reason"]


def test_a_chat_alone_writes_answers(tmp_path):
    data = tmp_path / "riddles.jsonl"
    data.write_text('{"text": "Which?", "references": "this one"}\n')
    content = {
        "name": "riddles",
        "version": 1,
        "axis": "accuracy",
        "protocol": "generation",
        "description": "Which is it?",
        "data": {
            "read": {"format": "jsonl", "fields": {"text": "text", "references": "references"}},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "parameters": {"max_new_tokens": 4},
        "metrics": ["exact_match"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    task = tmp_path / "riddles.yaml"
    task.write_text(yaml.safe_dump(content))
    board = Leaderboard(tmp_path / "results.db")
    with serving(Toy(completions=False, chat_text=lambda message: "this one")) as reference:
        board.run(reference, tasks=[task])
    (row,) = board.results(metrics="exact_match").to_dict("records")
    assert (row["status"], row["value"]) == ("measured", 1.0)


def test_serving_is_measured_where_there_is_a_chat_alone(tmp_path):
    task = tmp_path / "load.yaml"
    content = {
        "name": "load",
        "version": 1,
        "axis": "latency",
        "protocol": "serving",
        "description": "A small load.",
        "parameters": {"concurrency": 2, "requests": 32, "rounds": 2, "prompt_words": 5, "output_tokens": 4},
        "metrics": ["ttft_p50", "tpot_p50", "output_tokens_per_second", "cost_per_1000_requests"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    task.write_text(yaml.safe_dump(content))
    board = Leaderboard(tmp_path / "results.db")
    with serving(Toy(completions=False)) as reference:
        board.run(reference, tasks=[task])
    rows = board.results().set_index("metric")
    assert rows.loc["output_tokens_per_second", "status"] == "measured"
    assert "LEADERBOARD_SERVER_PROMPT_PRICE" in rows.loc["cost_per_1000_requests", "reason"]
    assert "2 requests at a time: times include the network" in rows.loc["ttft_p50", "notes"]
