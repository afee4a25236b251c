import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Sampling
from leaderboard.backends.openai.backend import OpenAIBackend
from tests.backends.openai.toy_server import Toy, likeliest, serving, tokens


def greedy(prompt, length):
    before = ["<s>", *tokens(prompt)]
    for _ in range(length):
        before.append(likeliest(before))
    return "".join(before[-length:])


@pytest.mark.parametrize("kind", [{}, {"completions": False}])
def test_a_text_is_what_the_server_writes(kind, backend):
    with serving(Toy(**kind)) as reference:
        generator = backend.load(backend.resolve(reference)).generator()
        texts = generator.generate(["The film", "好"], Sampling(max_new_tokens=5))
    assert texts == [greedy("The film", 5), greedy("好", 5)]


def test_a_text_ends_before_any_of_many_stop_strings(model, toy):
    whole = greedy("The film", 6)
    stops = ("a!", "b!", "c!", "d!", "", whole[-1])
    (text,) = model.generator().generate(["The film"], Sampling(max_new_tokens=6, until=stops))
    assert text == whole.partition(whole[-1])[0]
    assert toy.requests[-1][1]["stop"] == ["a!", "b!", "c!", "d!"]


def test_texts_are_decoded_greedily_by_default_and_kept(model, toy, reference):
    (text,) = model.generator().generate(["The film"], Sampling(max_new_tokens=3))
    assert toy.requests[-1][1]["temperature"] == 0
    sent = len(toy.requests)
    again = OpenAIBackend(ComputeOptions())
    prober = again.load(again.resolve(reference)).generator()
    probes = len(toy.requests)
    assert prober.generate(["The film"], Sampling(max_new_tokens=3)) == [text]
    assert len(toy.requests) == probes + 1 > sent  # once more, to compare it with the cached one


def test_each_sample_has_a_seed_of_its_own(model, toy):
    prompts = ["The film", "The story"]
    for seed in (0, 1):
        model.generator().generate(prompts, Sampling(max_new_tokens=2, temperature=1.0, seed=seed))
    seeds = [request["seed"] for _, request in toy.requests if request and "seed" in request]
    assert len(set(seeds)) == 4
    assert model.evaluation_notes() == ()  # samples need not repeat


def test_a_chat_is_noted_and_log_likelihoods_are_refused_with_the_servers_words(backend):
    with serving(Toy(completions=False)) as reference:
        model = backend.load(backend.resolve(reference))
    assert model.capabilities == {Capability.GENERATE, Capability.STREAM}
    assert any("the message of a user" in note for note in model.notes)
    assert "no such endpoint" in model.explanation(Capability.LOGLIKELIHOOD)
    served, length, writing, refusal = model.trial()
    assert (served, length, writing) == ("served by toys 1.2", "64 tokens", "text by chat")
    assert refusal.startswith("cannot compute log-likelihoods: echo: http://127.0.0.1")
