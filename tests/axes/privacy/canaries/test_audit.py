"""Audit in one run: the bound's vectors and coverage, and an audit of training with and without noise."""

import numpy as np
import pytest

from leaderboard.axes.privacy.canaries.audit import audit_epsilon, epsilon_bound
from leaderboard.mitigations.dp_sgd.head import fit_private_head
from leaderboard.training.linear_head import fit_head


@pytest.mark.parametrize(
    ("right", "guesses", "epsilon"), [(80, 100, 0.958), (95, 100, 2.172), (550, 1000, 0.094), (600, 1000, 0.297)]
)
def test_bounds_of_known_counts(right, guesses, epsilon):
    assert epsilon_bound(right, guesses) == pytest.approx(epsilon, abs=5e-4)


@pytest.mark.parametrize(("right", "guesses"), [(0, 1), (1, 1), (0, 100), (50, 100)])
def test_guesses_no_better_than_chance_exclude_nothing(right, guesses):
    assert epsilon_bound(right, guesses) == 0


def test_a_perfect_guesser_is_bounded_by_the_number_of_guesses():
    assert epsilon_bound(100, 100) == pytest.approx(np.log(0.05**0.01 / (1 - 0.05**0.01)))


def test_the_bound_is_above_the_truth_in_one_run_of_twenty_at_most():
    rng = np.random.default_rng(0)
    right = rng.binomial(100, np.e / (1 + np.e), 2000)
    assert np.mean([epsilon_bound(each, 100) > 1 for each in right.tolist()]) <= 0.05 + 0.01


def test_the_quarters_with_the_lowest_and_the_highest_loss_are_guessed():
    inserted = np.arange(40) < 20
    estimate = audit_epsilon(np.arange(40.0), inserted)
    assert estimate.value == pytest.approx(epsilon_bound(20, 20))
    assert "20 of 20 guesses right" in estimate.method
    assert audit_epsilon(-np.arange(40.0), inserted).value == 0


def test_losses_that_are_all_alike_show_nothing():
    coins = np.random.default_rng(0).integers(2, size=400).astype(bool)
    assert audit_epsilon(np.zeros(400), coins).value < 0.5


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_canaries_are_not_measured(count):
    assert audit_epsilon(np.zeros(count), np.zeros(count, dtype=bool)).value is None


def audited(seed, noise):
    """The audit's bound and the accountant's ε of a head on 2,048 random features of 150 rows and 200 canaries."""
    rng = np.random.default_rng(seed)
    features, labels = rng.normal(size=(350, 2048)), rng.integers(2, size=350)
    coins = rng.integers(2, size=200).astype(bool)
    rows = np.concatenate([np.flatnonzero(coins), np.arange(200, 350)])
    if noise:
        head = fit_private_head(features[rows], labels[rows], 2, noise=noise, clip=1.0, strength=1e3, seed=seed)
    else:
        head = fit_head(features[rows], labels[rows], 2, strengths=(10.0,), folds=2, seed=seed)
    scores = head.scores(features[:200])
    losses = np.logaddexp(0, scores[np.arange(200), 1 - labels[:200]] - scores[np.arange(200), labels[:200]])
    return audit_epsilon(losses, coins).value, float(head.about.get("epsilon", "inf"))


def test_training_without_noise_is_found_out():
    bound, _ = audited(0, 0.0)
    assert bound > 2


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.6, 1.0, 4.0])
def test_the_bound_is_below_the_epsilon_of_the_accountant(noise):
    bounds, epsilons = zip(*(audited(seed, noise) for seed in range(20)), strict=True)
    assert sum(bound <= epsilon for bound, epsilon in zip(bounds, epsilons, strict=True)) >= 19
