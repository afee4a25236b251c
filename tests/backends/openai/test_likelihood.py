from itertools import count

import numpy as np
import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.generation import Sampling
from leaderboard.backends.openai.backend import OpenAIBackend
from leaderboard.backends.openai.prompt_scores import aligned_boundary
from leaderboard.errors import NotMeasurableError
from tests.backends.openai.toy_server import END_LOGPROB, Toy, likeliest, logprob, serving, tokens

QUESTIONS = [("The film was", f" number {number}") for number in range(9)]
KINDS = [
    {"tokenizer": True},
    {"echo": False, "prompt_logprobs": True, "tokenizer": True},
    {"echo": False, "llama_cpp": True},
]


def expected(context, continuation, beginning=("<s>",)):
    """The rule of lm-eval: the tokens of the whole text that are more than those of the context, behind the latter."""
    head = context.rstrip()
    before = [*beginning, *tokens(head)] if head else ["<s>"]
    start = len(tokens(head))
    whole = [*before, *tokens(context + continuation)[start:]]
    return [logprob(whole[:position], whole[position]) for position in range(len(before), len(whole))]


@pytest.mark.slow_after(9)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("beginning", [("<s>",), ()])
@pytest.mark.parametrize(
    ("context", "continuation"),
    [
        ("The film was", " good"),
        ("The film was ", "good"),  # the space belongs to the continuation
        ("The fil", "m was"),  # begins inside a token
        ("好的电影", "吗"),
        ("A", " 🙂 story"),
    ],
)
def test_every_way_of_asking_gives_the_scores_of_the_models_own_tokens(kind, beginning, context, continuation, backend):
    with serving(Toy(beginning=beginning, **kind)) as reference:
        likelihood = backend.load(backend.resolve(reference)).likelihood()
        (scores,) = likelihood.token_scores([(context, continuation)])
    assert scores.logprobs == pytest.approx(expected(context, continuation, beginning), rel=1e-6)


def test_a_continuation_that_begins_inside_a_token_needs_a_server_that_tokenises(model):
    with pytest.raises(NotMeasurableError, match="begins inside a token"):
        model.likelihood().loglikelihoods([("The fil", "m was")])


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_is_greedy_if_the_model_would_write_it(kind, backend):
    with serving(Toy(**kind)) as reference:
        likelihood = backend.load(backend.resolve(reference)).likelihood()
        token = likeliest(["<s>", *tokens("The film")])
        own, other = likelihood.token_scores([("The film", token), ("The film", " x")])
    assert own.logprobs.tolist() == [END_LOGPROB]
    assert own.greedy.tolist() == [True]
    assert other.greedy.tolist() == [False]


@pytest.mark.parametrize(
    ("texts", "continuation", "position"),
    [
        (["<s>", "The", " film"], " film", 2),
        ([None, " film"], " film", 1),
        (["The", " film"], "ilm", None),  # inside a token
        (["a", "�", "�"], "é", None),  # parts of a character
        (["a", "", "b"], "b", None),  # on which side is the token without a text?
        (["a"], "ba", None),
    ],
)
def test_the_boundary_is_only_where_texts_of_tokens_are_the_continuation(texts, continuation, position):
    assert aligned_boundary(texts, continuation) == position


def test_a_text_without_context_needs_a_token_in_front(backend, monkeypatch):
    with serving(Toy(beginning=())) as reference:
        likelihood = backend.load(backend.resolve(reference)).likelihood()
        with pytest.raises(NotMeasurableError, match="LEADERBOARD_SERVER_FIRST_TOKEN"):
            likelihood.loglikelihoods([("", "The film")])
        monkeypatch.setenv("LEADERBOARD_SERVER_FIRST_TOKEN", "<s>")
        other = OpenAIBackend(ComputeOptions())
        resolved = other.resolve(reference)
        (total,) = other.load(resolved).likelihood().loglikelihoods([("", "The film")])
        assert resolved.digest != backend.resolve(reference).digest
    assert total == pytest.approx(sum(expected("", "The film")))


def test_a_first_token_that_is_none_is_refused(backend, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_SERVER_FIRST_TOKEN", "two words")
    with serving(Toy(beginning=())) as reference:
        likelihood = backend.load(backend.resolve(reference)).likelihood()
        with pytest.raises(NotMeasurableError, match="is no token of the model"):
            likelihood.loglikelihoods([("", "The film")])


def test_whole_texts_are_texts_without_context(model):
    totals = model.likelihood().whole_texts(["The film", ""])
    assert totals.tolist() == pytest.approx([sum(expected("", "The film")), 0.0])


def scored_again(reference, requests=QUESTIONS):
    """The log-likelihoods of a new run, and its notes on the server's answers."""
    backend = OpenAIBackend(ComputeOptions())
    model = backend.load(backend.resolve(reference))
    return model.likelihood().loglikelihoods(requests), model.evaluation_notes()


def test_answers_are_kept_and_some_alone_are_requested_again(model, toy, reference):
    first = model.likelihood().loglikelihoods(QUESTIONS)
    sent = len(toy.requests)
    again, notes = scored_again(reference)
    assert np.array_equal(again, first)
    assert notes == ("3 of 3 scores of the server were the same when requested again",)
    requested = [request for _, request in toy.requests[sent:] if " number " in str(request)]
    assert len(requested) == 3


def changed(by):
    """A server that adds to the last log-probability."""

    def change(path, request, answer):
        if path == "/v1/completions" and " number " in str(request):
            answer["choices"][0]["logprobs"]["token_logprobs"][-2] -= by()
        return answer

    return change


def test_cached_answers_of_another_model_under_the_same_name_are_discarded(model, toy, reference):
    first = model.likelihood().loglikelihoods(QUESTIONS)
    toy.trouble = changed(lambda: 0.5)
    again, notes = scored_again(reference)
    assert again == pytest.approx(first - 0.5, abs=1e-5)
    assert "3 of 3 differ" in notes[0]
    assert "the cached answers were discarded" in notes[0]
    kept, notes = scored_again(reference)
    assert np.array_equal(kept, again)
    assert notes == ("3 of 3 scores of the server were the same when requested again",)


def test_cached_answers_of_a_server_that_repeats_none_exactly_are_used_with_a_note(model, toy, reference):
    first = model.likelihood().loglikelihoods(QUESTIONS)
    noise = count()
    toy.trouble = changed(lambda: 0.001 * next(noise))
    again, notes = scored_again(reference)
    assert np.array_equal(again, first)
    assert notes[0].startswith("1 of 3 scores of the server were the same")


def test_sampled_answers_of_an_earlier_run_are_noted(backend, reference):
    sampling = Sampling(max_new_tokens=2, temperature=1.0)

    def notes(model):
        model.generator().generate(["The film"], sampling)
        return model.evaluation_notes()

    first, second = (backend.load(backend.resolve(reference)) for _ in range(2))
    assert notes(first) == notes(first) == ()
    assert "whether the server still has that model is unknown" in notes(second)[0]


def test_requests_are_sent_at_the_same_time_up_to_the_limit(model, toy, monkeypatch):
    import time

    toy.trouble = lambda path, request, answer: time.sleep(0.02) or answer
    model.likelihood().loglikelihoods([("The film was", f" {number}") for number in range(24)])
    assert 2 <= toy.most_at_once <= 8


def test_answers_that_repeat_are_noted_and_those_that_do_not_are_too(model, toy):
    model.likelihood().loglikelihoods([("The film was", " good"), ("The film was", " bad")])
    assert model.evaluation_notes() == ("2 of 2 scores of the server were the same when requested again",)
    model.start_evaluation()
    count = iter(range(100))

    def drift(path, request, answer):
        scores = answer["choices"][0]["logprobs"]["token_logprobs"]
        scores[-2] -= 0.5 * (next(count) >= 2)
        return answer

    toy.trouble = drift
    model.likelihood().loglikelihoods([("The film was", " new"), ("The film was", " old")])
    (note,) = model.evaluation_notes()
    assert note.startswith("0 of 2 scores of the server were the same")
    assert "up to 0.5" in note
