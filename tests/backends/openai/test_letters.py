"""Letters as answers of a chat, and servers that do not give them."""

import numpy as np
import pytest

from leaderboard.backends.letters import LetterSource
from leaderboard.errors import NotMeasurableError, SourceUnavailableError
from tests.backends.openai.toy_server import Toy, serving


def answers(backend, toy, source, message="Which?", count=3):
    with serving(toy) as reference:
        (scores,) = backend.load(backend.resolve(reference)).letters(source).answers([(message, count)])
    return scores.tolist()


def test_letters_have_the_probabilities_of_all_their_tokens(backend):
    toy = Toy(likeliest_letters=((" B", -1.0), ("B", -2.0), ("The", -3.0), ("A", -4.0), ("D", -5.0)))
    scores = answers(backend, toy, LetterSource.LOGPROBS)
    assert scores == pytest.approx([-4.0, np.logaddexp(-1, -2), -5.0])  # C has the lowest of the listed ones


def test_an_answer_without_one_of_the_letters_has_no_scores(backend):
    toy = Toy(likeliest_letters=(("The", -1.0), ("D", -2.0), ("a", -2.5), ("AB", -3.0)))
    assert answers(backend, toy, LetterSource.LOGPROBS) == []


@pytest.mark.parametrize(
    ("text", "scores"),
    [(" B\n", [0, 1, 0]), ("B.", []), ("b", []), ("D", []), ("", []), ("AB", []), ("The answer is B", [])],
)
def test_a_text_is_exactly_a_letter_or_none(backend, text, scores):
    assert answers(backend, Toy(chat_text=lambda message: text), LetterSource.TEXT) == scores


def test_a_letter_in_json_is_one_of_the_schema(backend):
    toy = Toy(schemas=True)
    assert answers(backend, toy, LetterSource.JSON_SCHEMA) == [0, 0, 1]
    schema = toy.requests[-1][1]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["answer"]["enum"] == ["A", "B", "C"]


@pytest.mark.parametrize("text", ["B", "{}", '{"answer": "D"}', '{"answer": ["A"]}', '["A"]', '{"answer": "AB"}'])
def test_a_server_that_ignores_the_schema_is_refused(backend, text):
    with pytest.raises(NotMeasurableError, match=r"ignores the JSON schema(.|\n)*recipe\.by=text"):
        answers(backend, Toy(chat_text=lambda message: text), LetterSource.JSON_SCHEMA)


@pytest.mark.parametrize("content", [None, {}, {"content": []}, {"content": [{"top_logprobs": None}]}])
def test_a_server_without_log_probabilities_is_refused_with_what_is_valid(backend, content):
    def change(path, request, answer):
        if request and request.get("logprobs") is True:
            answer["choices"][0]["logprobs"] = content
        return answer

    with pytest.raises(NotMeasurableError, match=r"`top_logprobs`(.|\n)*recipe\.by=json_schema"):
        answers(backend, Toy(trouble=change), LetterSource.LOGPROBS)


@pytest.mark.parametrize("source", LetterSource)
def test_a_refusal_is_shown_with_what_is_valid(backend, source):
    refused = {"top_logprobs": "recipe.by=json_schema", "response_format": "recipe.by=text"}
    with pytest.raises(NotMeasurableError) as raised:
        answers(backend, Toy(refuses=("max_tokens",), trouble=_only_probes), source)
    assert "unknown field" in str(raised.value)
    assert refused.get({"logprobs": "top_logprobs", "json_schema": "response_format"}.get(source, ""), "") in str(
        raised.value
    )


def _only_probes(path, request, answer):
    """Answer the requests that try the server, which the toy refuses."""
    if path == "/v1/chat/completions" and request["messages"][-1]["content"] != "Which?":
        return {"model": "toy", "choices": [{"index": 0, "message": {"content": "a"}}]}
    return answer


@pytest.mark.parametrize("source", LetterSource)
def test_another_model_and_a_failing_server_are_errors(backend, source):
    for answer, message in (({"model": "other", "choices": [{}]}, "'other' instead"), ((500, {}, {}), "HTTP 500")):
        toy = Toy(likeliest_letters=(("A", -1.0),))
        toy.trouble = lambda path, request, own, answer=answer: answer if "Which?" in str(request) else own
        with pytest.raises(SourceUnavailableError, match=message):
            answers(backend, toy, source)
