from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.mitigations.mixup.features import mix
from leaderboard.training.linear_head import fit_head


def mixing(alpha):
    return partial(mix, alpha=alpha, seed=0) if alpha else None


def clouds(n=120, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    return rng.normal(size=(n, 5)) + truth[:, None] * 1.2, truth


@given(st.integers(1, 30), st.floats(0.01, 5), st.integers(0, 9))
def test_every_virtual_example_weighs_one_and_lies_between_two(n, alpha, seed):
    inputs = np.random.default_rng(seed).normal(size=(n, 3))
    rows, classes, weights = mix(inputs, np.arange(n), alpha=alpha, seed=seed)
    assert rows[:n] == pytest.approx(rows[n:])
    assert weights[:n] + weights[n:] == pytest.approx(np.ones(n))
    # With a class of its own, each soft label tells whose features were mixed, and how much of each.
    assert rows[:n] == pytest.approx(weights[:n, None] * inputs[classes[:n]] + weights[n:, None] * inputs[classes[n:]])
    assert (weights[:n] >= 0.5).all()


def test_the_same_seed_mixes_alike():
    inputs, truth = clouds()
    for one, other in zip(mix(inputs, truth, alpha=0.4, seed=3), mix(inputs, truth, alpha=0.4, seed=3), strict=True):
        assert np.array_equal(one, other)


def test_hardly_mixed_examples_teach_what_examples_teach():
    inputs, truth = clouds()
    plain, mixed = (
        fit_head(inputs, truth, 2, strengths=[1.0], folds=3, seed=0, resample=mixing(alpha)) for alpha in (0, 1e-4)
    )
    assert mixed.weight == pytest.approx(plain.weight, rel=0.05, abs=0.02)


def test_mixed_examples_teach_less_sure_answers():
    inputs, truth = clouds()
    plain, mixed = (
        fit_head(inputs, truth, 2, strengths=[10.0], folds=3, seed=0, resample=mixing(alpha)) for alpha in (0, 5.0)
    )
    assert np.abs(np.diff(mixed.scores(inputs))).mean() < np.abs(np.diff(plain.scores(inputs))).mean()


def test_the_strength_is_chosen_on_examples_as_they_are(monkeypatch):
    from sklearn.linear_model import LogisticRegressionCV

    fitted_sizes = []
    fit = LogisticRegressionCV.fit
    monkeypatch.setattr(LogisticRegressionCV, "fit", lambda self, x, y: fitted_sizes.append(len(x)) or fit(self, x, y))
    inputs, truth = clouds()
    fit_head(inputs, truth, 2, strengths=[0.1, 1.0], folds=3, seed=0, resample=mixing(0.4))
    assert fitted_sizes == [len(inputs)]
