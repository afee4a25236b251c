import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

from leaderboard.training.encoding import Encoded, TokenSequence
from leaderboard.training.reptile import MetaSettings, interpolate, meta_train

SETTINGS = MetaSettings(
    shots=2, inner_steps=2, meta_rate=0.5, meta_iterations=1, learning_rate=0.01, batch_size=4, weight_decay=0, clip=1.0
)
TASK = [
    [Encoded((TokenSequence([number, 5 + number]),), (number,), index=2 * number + i) for i in range(2)]
    for number in (0, 1)
]


def module():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, num_labels=3
    )
    return BertForSequenceClassification(config).eval()


def weights_after(rate, iterations=1):
    trained = module()
    settings = MetaSettings(**{**vars(SETTINGS), "meta_rate": rate, "meta_iterations": iterations})
    meta_train(trained, [TASK], settings, pad_id=0, seed=0)
    return {name: tensor.detach() for name, tensor in trained.named_parameters()}


def test_weights_move_by_the_meta_rate_towards_the_adapted_ones():
    start, adapted = {"w": torch.tensor([1.0, -2.0])}, {"w": torch.tensor([3.0, 2.0])}
    assert torch.allclose(interpolate(start, adapted, 0.25)["w"], torch.tensor([1.5, -1.0]))


def test_a_meta_iteration_goes_half_of_the_way_and_leaves_the_head():
    start = dict(module().named_parameters())
    whole, half = weights_after(1.0), weights_after(0.5)
    for name, tensor in start.items():
        assert torch.allclose(half[name], (tensor + whole[name]) / 2, atol=1e-6)
    assert torch.equal(whole["classifier.weight"], start["classifier.weight"])
    assert not torch.allclose(whole["bert.pooler.dense.weight"], start["bert.pooler.dense.weight"])


def test_meta_training_is_the_same_by_seed():
    one, other = weights_after(1.0, 3), weights_after(1.0, 3)
    assert all(np.array_equal(one[name], other[name]) for name in one)
