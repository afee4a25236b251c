import dataclasses

import pytest
import torch

from leaderboard.backends.local.models.weight_variants import with_embedding_noise, with_random_weights
from leaderboard.errors import NotMeasurableError


def weights(model):
    return {name: tensor.clone() for name, tensor in model.module.named_parameters()}


def test_random_weights_have_the_shapes_of_the_model_and_depend_on_the_seed(encoder):
    before = weights(encoder)
    first, again, other = (weights(with_random_weights(encoder, seed)) for seed in (1, 1, 2))
    name = next(name for name in before if name.endswith("query.weight"))
    assert first.keys() == before.keys()
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])
    assert not torch.equal(first[name], before[name])
    assert torch.equal(weights(encoder)[name], before[name])


def test_the_global_generator_is_left_alone(encoder):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    with_random_weights(encoder, 1)
    with_embedding_noise(encoder, 0.1, 1)
    assert torch.rand(1) == expected


def test_noise_moves_the_embeddings_within_the_radius_and_shares_all_other_weights(causal):
    noisy = with_embedding_noise(causal, 0.1, seed=1)
    table, moved = causal.text_embeddings.weight, noisy.text_embeddings.weight
    assert 0 < (moved - table).abs().max() <= 0.1 * table.std() * 1.001
    others = {name: each for name, each in noisy.module.named_parameters() if "embed_tokens" not in name}
    own = dict(causal.module.named_parameters())
    assert others
    assert all(each is own[name] for name, each in others.items() if name in own)
    assert noisy.identity != causal.identity


def test_a_model_with_other_parts_than_its_architecture_is_refused(encoder):
    module = with_random_weights(encoder, 0).module
    module.more = torch.nn.Linear(2, 2)
    with pytest.raises(NotMeasurableError, match="quantised, cut or given further parts"):
        with_random_weights(dataclasses.replace(encoder, module=module), 1)
