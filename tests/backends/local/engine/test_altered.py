"""The engine looks into models for shortcuts: altered ones must answer through it as they do by themselves."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from leaderboard.backends.local.engine.attribution import gradient_times_input
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.generation import Sampling, generate
from leaderboard.backends.local.engine.masked_scoring import encode_sentence, pseudo_loglikelihoods
from leaderboard.backends.local.engine.replicas import copy_to
from leaderboard.backends.local.engine.rolling_windows import rolling_loglikelihoods
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.backends.local.engine.vocabulary_statistics import token_statistics
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.backends.masked_likelihood import MaskedScore
from tests.altering import alter

DYNAMIC, WEIGHT = {"quantise": Quantisation.INT8_DYNAMIC}, {"quantise": Quantisation.INT8_WEIGHT}
HOWS = [{"drop_layers": 1}, {"prune": 0.5}, DYNAMIC, WEIGHT, {"drop_layers": 1, "prune": 0.5} | DYNAMIC]
SENTENCES = ["The doctor had been kind", "xyzzy told he", "The nurse", "nobody laughed, and the plot is dull."]
HEADER = "Review: a great story. Sentiment: positive\nReview: dull and worse. Sentiment: negative\n"
REQUESTS = [
    (HEADER + start, choice)
    for start in ("The film was", "Nobody said", "The plot of it was", "It was")
    for choice in (" a wonderful surprise", " dull", " the best answer to the question")
]
NEARLY = 2e-3
"""Nats. Sums in another order differ in their last digits, and a few integers of `int8_dynamic` with them."""


def logprobs(model, ids):
    with torch.no_grad():
        return log_softmax(model.module(torch.tensor([list(ids)])).logits[0].double().numpy(), axis=-1)


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("how", HOWS, ids=str)
def test_continuations_are_scored_as_one_pass_each_scores_them(engine, causal, how):
    model = alter(causal, **how)
    expected = []
    for before, after in encode_pairs(model, REQUESTS):
        logprob_table = logprobs(model, [*before, *after])
        expected.append(sum(logprob_table[len(before) + i - 1, token] for i, token in enumerate(after)))
    scores = loglikelihoods(engine, model, REQUESTS)
    assert scores == pytest.approx(expected, abs=NEARLY * 10)
    assert scores != pytest.approx(loglikelihoods(engine, causal, REQUESTS), abs=1e-6)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_texts_are_scored_as_one_pass_scores_them(engine, causal, how):
    model = alter(causal, **how)
    statistics = token_statistics(engine, model, SENTENCES, work="")
    totals = rolling_loglikelihoods(engine, model, SENTENCES)
    for text, values, total in zip(SENTENCES, statistics, totals, strict=True):
        ids = [model.tokenizer.bos_token_id, *model.tokenizer.encode(text)]
        expected = logprobs(model, ids)[np.arange(len(ids) - 1), ids[1:]]
        assert values.logprobs == pytest.approx(expected, abs=NEARLY)
        assert total == pytest.approx(expected.sum(), abs=NEARLY * len(ids))


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_text_is_written_as_the_likeliest_tokens_follow(engine, causal, how):
    model = alter(causal, **how)
    prompt = "The film was"
    ids = model.tokenizer.encode(prompt)
    for _ in range(5):
        ids.append(int(logprobs(model, ids)[-1].argmax()))
    expected = model.tokenizer.decode(ids[-5:], skip_special_tokens=True)
    assert generate(engine, model, [prompt, HEADER], Sampling(5))[0] == expected


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("how", HOWS, ids=str)
@pytest.mark.parametrize("variant", [MaskedScore.ORIGINAL, MaskedScore.AUL])
def test_sentences_are_scored_as_one_pass_a_masked_token_scores_them(engine, masked, how, variant):
    model = alter(masked, **how)
    sentences = [encode_sentence(model, text) for text in SENTENCES]
    expected = []
    for sentence in sentences:
        scores = []
        for position in sentence.positions:
            ids = list(sentence.ids)
            if variant is MaskedScore.ORIGINAL:
                ids[position] = model.tokenizer.mask_token_id
            scores.append(logprobs(model, ids)[position, sentence.ids[position]])
        expected.append(np.sum(scores) if variant is MaskedScore.ORIGINAL else np.mean(scores))
    scores = pseudo_loglikelihoods(engine, model, sentences, variant=variant)
    assert scores == pytest.approx(expected, abs=NEARLY * 10)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_features_are_the_mean_of_the_last_layer_that_is_left(engine, encoder, how):
    model = alter(encoder, **how)
    for text, vector in zip(SENTENCES, Features(engine, model, max_length=64).of(SENTENCES), strict=True):
        with torch.no_grad():
            states = model.module(torch.tensor([model.tokenizer.encode(text)])).last_hidden_state[0]
        assert vector == pytest.approx(states.mean(0).double().numpy(), abs=NEARLY)


def saliency(model):
    def last(output, _mask):
        return output.logits[0, -1].float().log_softmax(-1)[7]

    return gradient_times_input(model, [model.tokenizer.encode(HEADER)], last, headless=False)[0]


def test_gradients_of_quantised_models_are_near_those_of_the_whole(causal, monkeypatch):
    monkeypatch.setattr("torchao.utils.should_reduce_range", lambda _device: False)  # the same integers in both
    dynamic, weight, whole = (saliency(model) for model in (alter(causal, **DYNAMIC), alter(causal, **WEIGHT), causal))
    assert dynamic == pytest.approx(weight, abs=1e-6)
    assert np.corrcoef(dynamic, whole)[0, 1] > 0.99
    assert dynamic.std() == pytest.approx(whole.std(), rel=0.1)


@pytest.mark.parametrize("how", HOWS[:2], ids=str)
def test_gradients_of_smaller_models_are_numbers(causal, how):
    assert np.isfinite(saliency(alter(causal, **how))).all()


def test_a_replica_of_a_quantised_model_answers_the_same(causal):
    model = alter(causal, **DYNAMIC)
    again = copy_to(model, torch.device("cpu"))
    assert again.module is not model.module
    ids = model.tokenizer.encode(HEADER)
    assert np.array_equal(logprobs(again, ids), logprobs(model, ids))
