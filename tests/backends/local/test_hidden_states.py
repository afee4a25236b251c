"""Hidden states are those that `transformers` gives with `output_hidden_states`, one text at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from leaderboard.backends.capability import Capability
from leaderboard.backends.hidden_states import Pooling
from leaderboard.backends.kind import ModelKind
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model

TEXTS = ["The film was a wonderful surprise.", "Dull.", ("The plot is dull.", "The acting is worse.")]
_KINDS = pytest.mark.parametrize("kind", ["encoder", "masked", "causal"])


def own_states(model, text, layer, max_length=None) -> np.ndarray:
    """The states that `transformers` gives: shape (tokens, width)."""
    first, second = (text, None) if isinstance(text, str) else text
    inputs = model.tokenizer(first, second, truncation=max_length is not None, max_length=max_length)
    with torch.no_grad():
        output = model.body(**inputs.convert_to_tensors("pt", prepend_batch_axis=True), output_hidden_states=True)
    return output.hidden_states[layer][0].double().numpy()


@_KINDS
@pytest.mark.parametrize("layer", [-1, 0, 1, 2])
def test_each_token_has_its_state_of_each_layer(kind, layer, request):
    model = request.getfixturevalue(kind)
    states = local_model(model).hidden_states()
    assert states.layers == 2
    for text, actual in zip(TEXTS, states.of_tokens(TEXTS, layer=layer), strict=True):
        np.testing.assert_allclose(actual, own_states(model, text, layer), atol=1e-5)
    (cut,) = states.of_tokens(TEXTS[:1], layer=layer, max_length=4)
    np.testing.assert_allclose(cut, own_states(model, TEXTS[0], layer, 4), atol=1e-5)
    assert states.token_count(TEXTS[0], max_length=4) == 4


@_KINDS
@pytest.mark.parametrize("layer", [-1, 1])
def test_a_pooled_vector_is_the_mean_first_or_last_of_them(kind, layer, request):
    model = request.getfixturevalue(kind)
    states = local_model(model).hidden_states()
    pools = {
        Pooling.MEAN: lambda each: each.mean(0),
        Pooling.FIRST: lambda each: each[0],
        Pooling.LAST: lambda e: e[-1],
    }
    for pooling, pool in pools.items():
        expected = [pool(own_states(model, text, layer)) for text in TEXTS]
        np.testing.assert_allclose(states.pooled(TEXTS, layer=layer, pooling=pooling), expected, atol=1e-5)


def test_what_is_not_to_be_remembered_is_computed_again(encoder):
    model = local_model(encoder)
    computed = []
    model.engine.progress = lambda _work, done, _total: computed.append(done)
    states = model.hidden_states()
    vectors = [states.pooled(TEXTS[:1], remember=remember) for remember in (True, True, False)]
    assert sum(computed) == 2
    np.testing.assert_allclose(vectors[2], vectors[0], atol=1e-6)


def test_texts_that_are_cut_are_counted(encoder):
    model = local_model(encoder)
    model.hidden_states().of_tokens(TEXTS[:1], max_length=4)
    assert model.evaluation_notes() == ("1 texts were longer than 4 tokens and were cut",)


def test_a_translator_gives_none(encoder):
    model = local_model(replace(encoder, kind=ModelKind.TRANSLATOR))
    assert Capability.HIDDEN_STATES not in model.capabilities
    with pytest.raises(NotMeasurableError, match="gives no hidden states"):
        model.hidden_states()
