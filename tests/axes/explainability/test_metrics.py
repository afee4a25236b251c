import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.explainability.metrics import aopc, faithfulness, gains_of_best, pooled
from leaderboard.stats.estimate import Status

NAN = float("nan")
IDS = [f"test:{index}" for index in range(40)]


def test_aopc_of_the_eraser_toy_example():
    assert aopc(0.9, [0.9, 0.8, 0.6, 0.4, 0.2]) == pytest.approx(0.32)  # comprehensiveness
    assert aopc(0.9, [0.5, 0.6, 0.7, 0.85, 0.9]) == pytest.approx(0.19)  # sufficiency


def test_pooled_is_a_ratio_of_sums_by_hand():
    """A text of range .4 with a quarter missing, and one of range .001 whose order is the worst: .3 / .401."""
    estimate = pooled(np.array([0.3, 0.0]), np.array([0.4, 0.001]), np.zeros(2))
    assert estimate.value == pytest.approx(0.3 / 0.401)
    assert estimate.n == 2
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_pooled_of_the_best_order_everywhere_has_an_interval_below_one():
    estimate = pooled(np.full(50, 0.3), np.full(50, 0.3), np.zeros(50))
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert 0.9 < estimate.low < 0.99


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        ([], "no texts"),
        ([0.04], "in the only text"),
        ([0.0, 0.049], "in any of 2 texts"),
        ([NAN, 0.2], "in any of 2 texts"),
    ],
)
def test_nothing_is_pooled_where_no_order_matters(room, reason):
    estimate = pooled(np.array(room) / 2, np.array(room), np.zeros(len(room)))
    assert estimate.status is Status.NOT_MEASURED
    assert reason in estimate.reason


def score(ids, gained):
    """Where the best order gains .5 in each text, and the worst loses as much."""
    return faithfulness(ids, gained, np.full(len(ids), 0.5), np.full(len(ids), -0.5))


def test_faithfulness_by_hand():
    """A random order gains nothing and has .5, the best has 1, and half way between them is .75."""
    for gained, value in ((0.0, 0.5), (0.25, 0.75), (0.5, 1.0), (-0.5, 0.0)):
        assert score(IDS, {"one": np.full(40, gained)}).value == pytest.approx(value)


def test_a_clearly_better_explainer_is_scored_on_all_texts_and_named():
    estimate = score(IDS, {"worse": np.full(40, 0.1), "better": np.linspace(0.2, 0.4, 40)})
    assert (estimate.value, estimate.n) == (pytest.approx(0.8), 40)
    assert estimate.method.startswith("better, chosen")


def test_choosing_among_noise_wins_nothing():
    rng = np.random.default_rng(0)
    # Ten explainers that are all random: the largest of their ten means is well above their common 0.
    draws = [{str(name): rng.uniform(-0.5, 0.5, 40) for name in range(10)} for _ in range(300)]
    naive = np.mean([max(column.mean() for column in gained.values()) for gained in draws])
    assert naive > 0.06
    assert np.mean([gains_of_best(IDS, gained)[0].mean() for gained in draws]) == pytest.approx(0.0, abs=0.01)


def test_the_interval_repeats_the_choice_of_the_method():
    """Two methods that are best in every other text: which one is chosen is a toss, and the interval knows it."""
    rng = np.random.default_rng(0)
    ids = [f"test:{index}" for index in range(60)]
    one = rng.uniform(-0.5, 0.5, 60)
    both, single = score(ids, {"one": one, "two": -one}), score(ids, {"one": one})
    assert both.low < single.low < single.high
    assert both.method.endswith("with the choice repeated")


def test_the_best_explainer_needs_two_texts():
    assert score(IDS[:0], {"one": np.empty(0)}).reason == "no texts"
    assert score(IDS[:2], {}).reason == "no attribution method explains all of the texts"
    assert "needs 2 texts" in score(IDS[:1], {"one": np.ones(1)}).reason
    assert score(IDS[:2], {"one": np.array([0.5, -0.5])}).value == 0.5


@given(st.permutations(range(12)))
def test_the_order_of_texts_changes_nothing(order):
    rng = np.random.default_rng(1)
    gained = {"one": rng.uniform(-0.5, 0.5, 12), "two": rng.uniform(-0.5, 0.5, 12)}
    shuffled = {name: column[order] for name, column in gained.items()}
    assert score([IDS[row] for row in order], shuffled).value == pytest.approx(score(IDS[:12], gained).value)
