import numpy as np
import pytest
import scipy

from leaderboard.stats import power
from leaderboard.stats.discordance import score_tail

Z = scipy.stats.norm.ppf


def test_a_difference_of_means_by_hand():
    assert power.detectable_difference(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)


def test_a_thousand_answers_of_which_a_tenth_is_discordant_tell_2_8_points():
    assert power.detectable_change(0.1, 1000) == pytest.approx(0.028, abs=1e-4)


def test_the_detectable_change_solves_connors_equation():
    d = power.detectable_change(0.2, 150)
    assert 150 * d**2 == pytest.approx((Z(0.975) * np.sqrt(0.2) + Z(0.8) * np.sqrt(0.2 - d**2)) ** 2)


def test_so_few_examples_that_no_change_is_found_give_the_largest_there_could_be():
    assert power.detectable_change(1.0, 2) == 1.0


def test_a_margin_by_hand():
    assert power.detectable_margin(0.01) == pytest.approx(0.01 * (1.644854 + 0.841621), abs=1e-6)
    assert power.margin_power(power.detectable_margin(0.01), 0.01) == pytest.approx(0.8)


def test_a_margin_of_nothing_is_kept_as_often_as_the_level_says():
    assert power.margin_power(0.0, 1.0) == pytest.approx(0.05)
    assert power.margin_power(0.0, 0.0) == 0.0
    assert power.margin_power(0.1, 0.0) == 1.0


@pytest.mark.parametrize(("n", "discordant"), [(200, 0.1), (500, 0.3), (1000, 0.05)])
def test_the_detectable_margin_of_answers_is_kept_with_the_power_it_says(n, discordant):
    margin = power.detectable_change_margin(discordant, n)
    assert power.change_margin_power(margin, discordant, n) == pytest.approx(0.8, abs=1e-6)
    assert kept(n, discordant, margin) == pytest.approx(0.8, abs=0.03)


def kept(n: int, discordant: float, margin: float) -> float:
    """How often a subject without any true harm keeps the margin, of 20 000 samples."""
    samples = np.random.default_rng(1).multinomial(n, [discordant / 2, discordant / 2, 1 - discordant], size=20_000)
    outcomes, times = np.unique(samples[:, :2], axis=0, return_counts=True)
    often = times > 3
    outcomes, times = outcomes[often], times[often]
    return float(times @ [score_tail(int(b), int(c), n, margin) <= 0.05 for b, c in outcomes] / times.sum())
