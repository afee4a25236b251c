import numpy as np
import pytest
import torch

from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability.checks.infidelity import InfidelityCheck, infidelity
from leaderboard.testing.attributions import LinearText


def test_infidelity_by_hand():
    # β = (1·2 + 1·0) / (1 + 1) = 1; ((1 - 2)² + (1 - 0)²) / (4 + 0) = ½.
    assert infidelity(np.array([1.0, 1.0]), np.array([2.0, 0.0])) == pytest.approx(0.5)


def test_attributions_of_a_linear_model_have_none_at_any_scale():
    changes = np.array([1.0, -2.0, 0.5])
    assert infidelity(changes * 7, changes) == pytest.approx(0.0)


def test_constant_zero_attributions_explain_nothing():
    assert infidelity(np.zeros(3), np.array([1.0, -2.0, 0.5])) == 1.0


def test_the_numerator_is_that_of_captum():
    from captum.metrics import infidelity as of_captum

    rng = np.random.default_rng(0)
    weights, values = rng.normal(size=6), rng.normal(size=6)
    removed = (rng.random((40, 6)) < 0.5).astype(float)
    changes = np.tanh(weights.sum()) - np.tanh((1 - removed) @ weights)
    expected = of_captum(
        lambda kept: torch.tanh(kept @ torch.tensor(weights)),
        lambda kept: (torch.tensor(removed), kept - torch.tensor(removed)),
        torch.ones(1, 6, dtype=torch.float64),
        torch.tensor(values)[None],
        n_perturb_samples=len(removed),
        normalize=True,
    )
    ours = infidelity(removed @ values, changes) * (changes**2).mean()
    assert ours == pytest.approx(float(expected[0]), rel=1e-6)


def test_one_unit_is_removed_at_least_and_one_stays():
    units = TextUnits(LinearText([1.0, 2.0]), budget=4)
    observed = InfidelityCheck().observe(units, 30, np.random.default_rng(0))
    assert {len(each) for each in observed["removed"]} == {1}
    assert set(np.round(observed["changes"], 9)) == {1.0, 2.0}


def test_a_text_that_no_removal_changes_has_no_score():
    data = {"removed": [[0]], "changes": [0.0], "units": 2, "methods": {"occlusion": {"values": [0.0, 0.0]}}}
    assert InfidelityCheck().scores(data) == {}
