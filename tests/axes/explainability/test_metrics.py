import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.explainability.metrics import aopc, best_of, bounded_mean, normalised
from leaderboard.stats.estimate import Status

NAN = float("nan")
IDS = [f"test:{index}" for index in range(40)]


def test_aopc_of_the_eraser_toy_example():
    assert aopc(0.9, [0.9, 0.8, 0.6, 0.4, 0.2]) == pytest.approx(0.32)  # comprehensiveness
    assert aopc(0.9, [0.5, 0.6, 0.7, 0.85, 0.9]) == pytest.approx(0.19)  # sufficiency


def test_normalised_runs_from_worst_to_best_either_way():
    assert normalised(0.3, worst=0.1, best=0.5) == pytest.approx(0.5)
    assert normalised(0.1, worst=0.5, best=0.1) == 1.0


def test_normalised_is_undefined_where_no_order_matters():
    assert np.isnan(normalised(0.3, worst=0.3, best=0.3 + 1e-7))


def test_mean_is_cut_at_the_ends_of_its_scale():
    estimate = bounded_mean(np.array([0.2, 1.0, 1.0]), 0.0, 1.0)
    assert estimate.value == pytest.approx(2.2 / 3)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_mean_leaves_out_undefined_texts_and_says_so():
    estimate = bounded_mean(np.array([0.5, NAN, 0.7, NAN]), 0.0, 1.0)
    assert (estimate.value, estimate.n) == (pytest.approx(0.6), 2)
    assert "2 texts without a best order left out" in estimate.method


def test_mean_of_one_text_has_no_interval():
    estimate = bounded_mean(np.array([0.5]), 0.0, 1.0)
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (0.5, None, None, 1)


@pytest.mark.parametrize(("values", "reason"), [([], "no texts"), ([NAN, NAN], "in any of 2 texts")])
def test_mean_of_nothing_is_not_measured(values, reason):
    estimate = bounded_mean(np.array(values), 0.0, 1.0)
    assert estimate.status is Status.NOT_MEASURED
    assert reason in estimate.reason


def test_a_clearly_better_explainer_is_scored_on_all_texts_and_named():
    values = {"worse": np.full(40, 0.4), "better": np.linspace(0.7, 0.9, 40)}
    estimate = best_of(IDS, values)
    assert (estimate.value, estimate.n) == (pytest.approx(0.8), 40)
    assert estimate.method.startswith("better, chosen")


def test_choosing_among_noise_wins_nothing():
    rng = np.random.default_rng(0)
    # Ten explainers that are all random: the largest of their ten means lies well above their common .5.
    draws = [{str(name): rng.random(40) for name in range(10)} for _ in range(300)]
    naive = np.mean([max(column.mean() for column in values.values()) for values in draws])
    assert naive > 0.56
    assert np.mean([best_of(IDS, values).value for values in draws]) == pytest.approx(0.5, abs=0.01)


def test_the_best_explainer_needs_two_texts():
    assert best_of(IDS[:0], {"one": np.empty(0)}).reason == "no texts"
    assert "needs 2 texts" in best_of(IDS[:1], {"one": np.ones(1)}).reason
    assert "needs 2 texts" in best_of(IDS[:2], {"one": np.array([1.0, NAN])}).reason
    assert best_of(IDS[:2], {"one": np.array([1.0, 0.0])}).value == 0.5


def test_texts_without_a_best_order_do_not_choose_an_explainer():
    assert "in any of 3 texts" in best_of(IDS[:3], {"one": np.full(3, NAN)}).reason


@given(st.permutations(range(12)))
def test_the_order_of_texts_changes_nothing(order):
    rng = np.random.default_rng(1)
    values = {"one": rng.random(12), "two": rng.random(12)}
    shuffled = {name: column[order] for name, column in values.items()}
    assert best_of([IDS[row] for row in order], shuffled).value == pytest.approx(best_of(IDS[:12], values).value)
