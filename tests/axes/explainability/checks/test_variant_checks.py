from types import SimpleNamespace

import numpy as np
import pytest
import torch

from leaderboard.axes.explainability.checks.paraphrase_stability import ParaphraseStabilityCheck
from leaderboard.axes.explainability.checks.randomisation import RandomisationCheck, verdict
from leaderboard.axes.explainability.checks.seed_stability import SeedStabilityCheck
from leaderboard.axes.explainability.checks.sensitivity import SensitivityCheck
from leaderboard.stats.estimate import Estimate


def array(*values):
    return np.array(values, dtype=float)


def test_sensitivity_by_hand():
    # ‖(0, 1)‖ / ‖(3, 4)‖ = .2 is the larger one.
    assert SensitivityCheck().compare(array(3, 4), [array(3, 4), array(3, 5)]) == pytest.approx(0.2)


def test_sensitivity_of_an_explanation_of_zeros_is_absolute():
    assert SensitivityCheck().compare(array(0, 0), [array(0, 2)]) == 2.0


def test_sensitivity_is_that_of_captum():
    from captum.metrics import sensitivity_max

    text = torch.randn(1, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    noise = torch.rand(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 0.1

    def explain(inputs):
        return tuple(each**2 for each in inputs) if isinstance(inputs, tuple) else inputs**2

    expected = sensitivity_max(explain, text, lambda inputs: inputs + noise, n_perturb_samples=4)
    ours = SensitivityCheck().compare(explain(text)[0].numpy(), list(explain(text + noise).numpy()))
    assert ours == pytest.approx(float(expected[0]), rel=1e-6)


def test_an_explanation_with_the_other_sign_has_not_changed():
    assert RandomisationCheck().compare(array(1, 2, 3), [array(-1, -2, -3)]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.4, "PASS"), (0.5, 0.9, "FAIL"), (0.4, 0.6, "INCONCLUSIVE")]
)
def test_the_verdict_needs_the_whole_interval(low, high, expected):
    assert verdict(Estimate.measured((low + high) / 2, (low, high), n=9, method="")) == expected


def test_without_an_interval_there_is_no_verdict():
    assert verdict(Estimate.not_measured("no texts")) == "INCONCLUSIVE"


class Drawn:
    """A method whose values are its seed."""

    def __init__(self, *, sampled):
        self.sampled = sampled

    def checked(self, text, seed):
        return SimpleNamespace(values=np.array([0.0, seed]))


def test_a_method_that_draws_texts_is_run_with_the_other_seeds():
    text = SimpleNamespace(original=None, seeds=[3, 1, 2])
    assert [each.tolist() for each in SeedStabilityCheck().explain(text, Drawn(sampled=True))] == [[0, 1], [0, 2]]
    assert SeedStabilityCheck().explain(text, Drawn(sampled=False)) == []


def test_all_pairs_of_seeds_count():
    # τ of (values, first) is 1, of the two others -1.
    assert SeedStabilityCheck().compare(array(1, 2), [array(1, 2), array(2, 1)]) == pytest.approx(-1 / 3)


def test_a_paraphrase_explained_alike_is_stable():
    assert ParaphraseStabilityCheck().compare(array(1, 2, 3), [array(0.1, 0.2, 0.9)]) == pytest.approx(1.0)
