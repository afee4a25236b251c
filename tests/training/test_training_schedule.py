import peft
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import get_linear_schedule_with_warmup

from leaderboard.training.schedule import learning_rate, parameter_groups


@given(st.integers(1, 60), st.sampled_from([0.0, 0.06, 0.1, 0.5, 1.0]))
def test_rate_is_that_of_transformers(steps, warmup):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2e-5)
    theirs = get_linear_schedule_with_warmup(optimiser, -int(-warmup * steps // 1), steps)
    for step in range(steps):
        assert learning_rate(step, steps, peak=2e-5, warmup=warmup) == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()


def test_rate_rises_to_the_highest_and_falls_towards_zero():
    rates = [learning_rate(step, 10, peak=1.0, warmup=0.2) for step in range(11)]
    assert rates == [0.0, 0.5, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0.0]


def test_matrices_decay_and_biases_norms_and_frozen_weights_do_not():
    model = torch.nn.Sequential(
        torch.nn.Embedding(5, 3), torch.nn.Linear(3, 3), torch.nn.LayerNorm(3), torch.nn.Linear(3, 2)
    )
    model[3].weight.requires_grad = False
    decaying, constant = parameter_groups(model, 0.01)
    assert [each.shape for each in decaying["params"]] == [(5, 3), (3, 3)]
    assert decaying["weight_decay"] == 0.01
    assert [each.shape for each in constant["params"]] == [(3,), (3,), (3,), (2,)]
    assert constant["weight_decay"] == 0


def test_factors_of_ia3_do_not_decay():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3))
    adapted = peft.get_peft_model(model, peft.IA3Config(target_modules=["0"], feedforward_modules=[]))
    decaying, constant = parameter_groups(adapted, 0.01)
    assert decaying["params"] == []
    assert [each.shape for each in constant["params"]] == [(3, 1)]
