import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine.features import Features, pool

TEXTS = ["The film was a wonderful surprise.", "Dull.", "The plot is dull, the acting is worse."]


@pytest.mark.parametrize("kind", ["encoder", "masked", "causal"])
def test_features_are_the_mean_of_the_last_hidden_states(kind, engine, request):
    model = request.getfixturevalue(kind)
    features = Features(engine, model, max_length=64)
    for text, vector in zip(TEXTS, features.of(TEXTS), strict=True):
        with torch.no_grad():
            states = model.body(torch.tensor([features.tokens(text)])).last_hidden_state[0]
        assert vector == pytest.approx(states.mean(0).double().numpy(), abs=1e-5)


def test_a_text_seen_before_costs_nothing(engine, encoder):
    computed = []
    engine.progress = lambda _what, done, _total: computed.append(done)
    features = Features(engine, encoder, max_length=64)
    first = features.of(TEXTS)
    again = features.of(TEXTS[::-1])
    assert sum(computed) == len(TEXTS)
    assert np.array_equal(first, again[::-1])


def test_computing_afresh_never_uses_the_memory(engine, encoder):
    computed = []
    engine.progress = lambda _what, done, _total: computed.append(done)
    features = Features(engine, encoder, max_length=64)
    for _ in range(3):
        features.compute([TEXTS[0]])
    assert sum(computed) == 3


@pytest.mark.parametrize("all_layers", [False, True])
def test_an_engine_that_is_timed_computes_batches_afresh(engine, encoder, all_layers):
    computed = []
    engine.progress = lambda _what, done, _total: computed.append(done)
    features = Features(engine, encoder, max_length=64, layer=1 if all_layers else -1)
    expected, answers = features.of(TEXTS), engine.answers
    for _ in range(2):
        with engine.uncached():
            np.testing.assert_allclose(features.of(TEXTS), expected, atol=1e-6)
            assert engine.answers is not answers
    assert (sum(computed), engine.answers) == (3 * len(TEXTS), answers)
    features.of(TEXTS)
    assert sum(computed) == 3 * len(TEXTS)


def test_no_texts_have_no_features(engine, encoder):
    features = Features(engine, encoder, max_length=64)
    assert features.of([]).shape == (0, features.width)


def test_long_texts_are_cut(engine, encoder):
    assert len(Features(engine, encoder, max_length=16).tokens("word " * 500)) == 16


def test_padding_does_not_count_in_the_mean():
    states = torch.tensor([[[1.0], [3.0], [100.0]]])
    assert pool(states, torch.tensor([[1, 1, 0]])).item() == 2.0
