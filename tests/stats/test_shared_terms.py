import numpy as np
import pytest
import scipy

from leaderboard.stats.bounded import wilson
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion
from leaderboard.stats.shared_terms import proportion_of_sharing
from tests.synthetic.coverage import Situation, simulate
from tests.synthetic.dependent_situations import dependent_situations


def successes(k, n):
    return np.arange(n) < k


@pytest.mark.parametrize(("k", "n"), [(45, 50), (0, 7), (7, 7), (1, 1), (1, 2)])
@pytest.mark.parametrize("terms", [lambda n: [()] * n, lambda n: [(str(i), f"{i}'") for i in range(n)]])
def test_examples_that_share_nothing_have_wilsons_interval(k, n, terms):
    estimate, independent = proportion_of_sharing(successes(k, n), terms(n)), proportion(k, n)
    assert (estimate.value, estimate.n, estimate.method) == (independent.value, n, "Wilson 95 %")
    assert (estimate.low, estimate.high) == pytest.approx((independent.low, independent.high))


def test_clusters_of_one_size_by_hand():
    """20 clusters of 5 that agree within: e is .5 or -.5, Σ e_i e_j = 20 · 25 · .25 = 125 over all that share."""
    terms = [(str(place // 5),) for place in range(100)]
    estimate = proportion_of_sharing(successes(50, 100), terms, scale=100.0)
    variance = 125 / 100**2 * (20 / 19) * (99 / 100)
    quantiles = scipy.stats.t.ppf(0.975, [99, 19])
    effective = 0.25 / variance * (quantiles[0] / quantiles[1]) ** 2
    assert effective == pytest.approx(17.25, abs=0.05)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(100 * end for end in wilson(0.5, effective)))
    assert (estimate.value, estimate.n) == (50.0, 20)
    assert estimate.method == "Wilson 95 %, 17 effective of 100: shared terms"


def test_clusters_that_disagree_within_are_no_better_than_independent_examples():
    estimate = proportion_of_sharing(np.tile([True, False], 50), [(str(place // 2),) for place in range(100)])
    assert estimate.high - estimate.low >= proportion(50, 100).high - proportion(50, 100).low


def test_all_successes_count_as_many_examples_as_there_are_groups():
    estimate = proportion_of_sharing(successes(100, 100), [(str(place // 5),) for place in range(100)])
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert estimate.low == pytest.approx(wilson(1.0, 20)[0])


def test_one_term_in_all_examples_has_no_interval():
    estimate = proportion_of_sharing(successes(3, 10), [("black", str(place)) for place in range(10)])
    assert (estimate.value, estimate.low) == (0.3, None)


def test_no_examples_are_not_measured():
    assert proportion_of_sharing(np.empty(0, dtype=bool), []).status is Status.NOT_MEASURED


def test_neither_the_order_of_examples_nor_of_terms_matters():
    rng = np.random.default_rng(0)
    hits, terms = rng.random(60) < 0.6, [tuple(rng.choice(list("abcdefghijklmnopqrst"), 2)) for _ in range(60)]
    order = rng.permutation(60)
    mixed = proportion_of_sharing(hits[order], [terms[place][::-1] for place in order])
    estimate = proportion_of_sharing(hits, terms)
    assert (mixed.value, mixed.n) == (estimate.value, estimate.n)
    assert (mixed.low, mixed.high) == pytest.approx((estimate.low, estimate.high))


BIAS = {"stereotype_preference", "icat", "counterfactual_flip_rate", "relative_counterfactual_gap", "faithfulness"}


def of_bias():
    """Situations of the benchmark with few examples: the first of each metric is tried by the fast tests, too."""
    metrics = set()
    for each in dependent_situations():
        if each.metric in BIAS and each.n <= 60:
            marks = pytest.mark.slow if each.metric in metrics else ()
            yield pytest.param(each, marks=marks, id=f"{each.metric} {each.label}")
            metrics.add(each.metric)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("situation", list(of_bias()))
def test_intervals_of_bias_and_explainability_hold_the_truth(situation):
    assert not simulate(situation, 60).contradicts(), situation


def test_wilsons_interval_of_independent_pairs_is_found_out():
    """Pairs of which each prefers one of two words by the words' random scores: half of them on average."""

    def draw(rng):
        scores = rng.normal(size=(2, 10))
        return proportion(int((scores[0, rng.choice(10, 400)] > scores[1, rng.choice(10, 400)]).sum()), 400)

    assert simulate(Situation("share", "words", 400, 0.5, draw), 60).contradicts()
