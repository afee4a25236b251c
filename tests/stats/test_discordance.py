import numpy as np
import pytest
import scipy

from leaderboard.stats.discordance import mcnemar, score_tail, score_upper


def test_mcnemar_by_hand():
    assert mcnemar(15, 5) == pytest.approx(0.041389, abs=1e-6)
    assert mcnemar(5, 15) == mcnemar(15, 5)
    assert mcnemar(3, 0) == pytest.approx(0.25)


def test_nothing_discordant_tells_nothing():
    assert mcnemar(0, 0) == 1.0


def test_the_bound_is_the_difference_whose_tail_is_the_level():
    upper = score_upper(10, 4, 100, 0.05)
    assert score_tail(10, 4, 100, upper) == pytest.approx(0.05, abs=1e-6)
    assert 0.06 < upper < 0.15


def test_the_bound_of_no_discordant_examples_by_hand():
    """At a difference d no example is lost: ½ - n d = -z √(n d (1 - d)), solved for d."""
    n, z = 100, scipy.stats.norm.ppf(0.95)
    bound = score_upper(0, 0, n, 0.05)
    assert 0.5 - n * bound == pytest.approx(-z * np.sqrt(n * bound * (1 - bound)), abs=1e-6)


def test_all_gained_may_be_all():
    assert score_upper(5, 0, 5, 0.05) == 1.0


def test_a_larger_level_gives_a_smaller_bound():
    bounds = [score_upper(3, 9, 80, alpha) for alpha in (0.01, 0.05, 0.2)]
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize(("margin", "lost"), [(0.02, 0.005), (0.05, 0.02), (0.1, 0.05), (0.1, 0.001)])
def test_a_true_difference_of_the_margin_is_rejected_at_most_at_the_level(margin, lost):
    """Every outcome of 50 examples, with its chance."""
    n = 50
    outcomes = np.array([(gained, other) for gained in range(n + 1) for other in range(n + 1 - gained)])
    chances = scipy.stats.multinomial.pmf(
        np.column_stack([outcomes, n - outcomes.sum(axis=1)]), n, [margin + lost, lost, 1 - margin - 2 * lost]
    )
    likely = chances > 1e-6
    rejected = np.array([score_tail(int(b), int(c), n, margin) <= 0.05 for b, c in outcomes[likely]])
    assert chances[likely][rejected].sum() <= 0.05
