"""Ranking methods: numbers by hand, the published table, and what each promises about others."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leaderboard.axes.axis import Axis
from leaderboard.ranking.accuracy_scaling import in_proportion
from leaderboard.ranking.methods.chebyshev import balance
from leaderboard.ranking.methods.dynascore import dynascore
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.methods.pareto_layers import dominators, pareto_layers
from leaderboard.ranking.methods.registry import MERITS
from leaderboard.ranking.methods.voting import borda, copeland
from leaderboard.ranking.utilities import RANKING_COLUMNS, Utilities

NAN = math.nan
ONES = np.ones(6)


def six(*axes):
    """Utilities on six axes from those of the first ones; the others are not measured."""
    return np.array([[*row, *[NAN] * (6 - len(row))] for row in axes])


def first(count):
    return np.array([1.0] * count + [0.0] * (6 - count))


def board(values):
    names = np.array([f"s{place}" for place in range(len(values))], dtype=object)
    return Utilities(names, names, names, values, values, values)


def order(method, values, weights=ONES):
    """Subjects in the order of the merit, those of one merit as a set."""
    merit = MERITS[method](values, weights)
    present = merit[~np.isnan(merit)]
    return [set(np.flatnonzero(merit == each).tolist()) for each in np.unique(present)[::-1]]


def test_every_method_has_a_merit_and_says_what_it_does_in_one_line():
    assert set(MERITS) == set(Method)
    for method in Method:
        assert method.summary
        assert method.source
        assert "\n" not in method.summary


def test_borda_counts_who_is_beaten_axis_by_axis_and_ties_beat_nobody():
    values = np.array([[3.0, 1.0], [2.0, 2.0], [2.0, 3.0], [1.0, 3.0]])
    assert borda(values, np.array([1.0, 1.0])).tolist() == [3 + 0, 1 + 1, 1 + 2, 0 + 2]
    assert borda(values, np.array([1.0, 0.5])).tolist() == [3.0, 1.5, 2.0, 1.0]


def test_borda_lets_an_axis_that_was_not_measured_neither_help_nor_harm():
    values = np.array([[3.0, NAN], [2.0, 2.0], [1.0, 1.0], [NAN, NAN]])
    points = borda(values, np.array([1.0, 1.0]))
    assert points[:3].tolist() == [4.0, 2.0, 0.0]  # 2 of 2 on one axis, as if on both
    assert math.isnan(points[3])


def test_copeland_is_duels_won_minus_lost_by_weight_of_axes():
    """0 beats 1 on the second and third axis; 2 loses both duels."""
    values = np.array([[1.0, 3.0, 3.0], [3.0, 2.0, 2.0], [0.0, 1.0, 1.0]])
    assert copeland(values, np.ones(3)).tolist() == [2, 0, -2]
    assert copeland(values, np.array([3.0, 1.0, 1.0])).tolist() == [0, 2, -2]
    assert copeland(values, np.array([2.0, 1.0, 1.0])).tolist() == [1, 1, -2]  # a tied duel


def test_copeland_does_not_let_an_axis_vote_that_one_of_the_two_lacks():
    values = np.array([[1.0, NAN], [0.5, 9.0], [NAN, NAN]])
    won = copeland(values, np.ones(2))
    assert won[:2].tolist() == [1, -1]
    assert math.isnan(won[2])


def test_copeland_of_many_is_that_of_one_batch(monkeypatch):
    values = np.random.default_rng(0).random((30, 6))
    at_once = copeland(values, ONES)
    monkeypatch.setattr("leaderboard.ranking.methods.voting._CELLS", 100)
    assert copeland(values, ONES).tolist() == at_once.tolist()


GLUE = ("glue_hpc", lambda name: 0.5 if name.split(".")[0] in {"stsb", "mrpc", "qqp"} else 1.0, 1)
EFFICIENCY = ("experiment_tracker_table", lambda name: 1.0, -1)
BIAS = ("social_bias_data", lambda name: 1.0, 1)


def published_table(mirror, equal_groups):
    """Values (7, 58), weights (58,) and short names of the table of Vote'n'Rank's fourth case study."""
    folder = mirror / "reference"
    values, weights = [], []
    for name, weigh, sign in (GLUE, EFFICIENCY, BIAS):
        table = pd.read_csv(folder / f"vnr_cs4_{name}.csv").set_index("model_name").drop("t5-base", errors="ignore")
        values.append(sign * table.sort_index())
        own = np.array([weigh(column) for column in table.columns])
        weights.append(own / len(own) if equal_groups else own)
    together = pd.concat(values, axis=1)
    names = [name.split("-")[0] for name in together.index]
    return together.to_numpy(), np.concatenate(weights), names


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("equal_groups", "duels", "points"),
    [
        (
            False,
            {"distilroberta": 6, "distilbert": 4, "bert": 2, "roberta": 0, "albert": -2, "gpt2": -4, "deberta": -6},
            {"distilroberta": 251, "distilbert": 247, "bert": 167, "albert": 158.5, "roberta": 144, "gpt2": 107,
             "deberta": 72.5},
        ),
        (
            True,
            {"distilbert": 6, "albert": 4, "distilroberta": 2, "bert": 0, "roberta": -4, "gpt2": -4, "deberta": -4},
            {"distilbert": 10.25, "albert": 9.67, "distilroberta": 9.08, "bert": 8.46, "deberta": 7.02,
             "roberta": 6.84, "gpt2": 5.72},
        ),
    ],
    ids=["one weight each", "one weight a group"],
)  # fmt: skip
def test_published_votes_are_reproduced(mirror, equal_groups, duels, points):
    values, weights, names = published_table(mirror, equal_groups)
    assert values.shape == (7, 58)
    assert dict(zip(names, copeland(values, weights), strict=True)) == duels
    scores = dict(zip(names, borda(values, weights), strict=True))
    assert scores == pytest.approx(points, abs=0.0051)  # published with two decimals


def test_balance_is_decided_by_the_worst_axis():
    """1 - (max + .05 mean) / 1.05 of regrets, for two axes of one weight: max/2 + .05 mean over .55."""
    scores = balance(six([0.5, 0.5], [0.9, 0.4], [1.0, 1.0], [0.0, 0.0]), ONES)
    assert scores == pytest.approx([1 - 0.275 / 0.55, 1 - (0.3 + 0.05 * 0.35) / 0.55, 1.0, 0.0])
    assert order(Method.WEIGHTED, six([0.5, 0.5], [0.9, 0.4])) == [{1}, {0}]
    assert order(Method.CHEBYSHEV, six([0.5, 0.5], [0.9, 0.4])) == [{0}, {1}]
    assert np.isnan(balance(six([]), ONES)).all()


def test_layers_are_counted_from_1_and_need_every_weighted_axis():
    values = six([0.9, 0.1], [0.1, 0.9], [0.1, 0.1], [0.9, 0.1], [0.05, 0.0], [1.0])
    assert pareto_layers(values, first(2))[:5].tolist() == [1, 1, 2, 1, 3]
    assert math.isnan(pareto_layers(values, first(2))[5])
    assert pareto_layers(values, first(1))[5] == 1


def test_dominator_is_the_one_with_the_widest_margin_and_its_probability_is_drawn():
    values = six([0.9, 0.5], [0.8, 0.8], [0.4, 0.4])
    scores = dominators(values, values, values, first(2), np.random.default_rng(0))
    assert scores[:2] == [None, None]
    assert (scores[2].by, scores[2].probability, scores[2].sure) == (1, 1.0, True)
    wide = dominators(values, values - 0.4, values + 0.4, first(2), np.random.default_rng(0))
    assert 0.75 < wide[2].probability < 0.95  # each axis: 0.4 apart with standard deviations of 0.204 each
    assert not wide[2].sure


def test_dynascore_by_hand():
    """Accuracy .5, .6, .8; bias .9, .7, .3: rates 2 and 2, so bias counts half."""
    values = six([0.5, NAN, 0.9], [0.6, NAN, 0.7], [0.8, NAN, 0.3])
    weights = np.array([1.0, 0, 1.0, 0, 0, 0])
    assert dynascore(values, weights) == pytest.approx([0.475, 0.475, 0.475])
    assert dynascore(values, np.array([3.0, 0, 1.0, 0, 0, 0])) == pytest.approx([0.4875, 0.5375, 0.6375])


@pytest.mark.parametrize(
    "values",
    [np.zeros((0, 6)), np.full((1, 6), 0.5), np.full((3, 6), 0.5), six([NAN, 0.5], [0.5, 0.5])],
    ids=["none", "one", "no difference", "one without accuracy"],
)
def test_dynascore_without_two_accuracies_has_no_rate_and_no_score(values):
    assert np.isnan(dynascore(values, ONES)).all()


utility = st.floats(0, 1).map(lambda number: round(number, 3))
tables = st.integers(2, 7).flatmap(lambda n: arrays(np.float64, (n, 6), elements=st.one_of(utility, st.just(NAN))))
weights_of_axes = arrays(np.float64, 6, elements=st.sampled_from([0.0, 0.5, 1.0])).filter(lambda each: each.any())


@given(st.sampled_from([method for method in Method if method.independent]), tables, weights_of_axes)
def test_one_subject_more_never_reorders_the_others_where_that_is_promised(method, values, weights):
    everyone = MERITS[method](values, weights)
    np.testing.assert_array_equal(everyone[:-1], MERITS[method](values[:-1], weights))


REORDERED = {
    # two on the front; the third beats one of them
    Method.PARETO: (six([0.9, 0.1], [0.1, 0.9]), six([0.2, 0.95]), first(2)),
    # one each; the third is beaten by the second on both axes, by the first on one
    Method.BORDA: (six([0.9, 0.1], [0.1, 0.9]), six([0.05, 0.5]), first(2)),
    # a tied duel; the third loses to the second alone
    Method.COPELAND: (six([0.9, 0.1], [0.8, 0.9]), six([0.85, 0.05], [0.85, 0.05]), first(2)),
    # the third is nearly as accurate as the second, at another price
    Method.DYNASCORE: (six([0.5, NAN, 0.9], [0.9, NAN, 0.3]), six([0.8999, NAN, 0.9]), np.array([1.0, 0, 2, 0, 0, 0])),
}


@pytest.mark.parametrize("method", [method for method in Method if not method.independent])
def test_one_subject_more_reorders_the_others_where_it_may(method):
    values, added, weights = REORDERED[method]
    before = MERITS[method](values, weights)
    after = MERITS[method](np.vstack([values, added]), weights)[:2]
    assert np.sign(before[0] - before[1]) != np.sign(after[0] - after[1])


@given(st.sampled_from(list(Method)), tables, weights_of_axes)
def test_a_subject_that_is_better_everywhere_never_stands_behind(method, values, weights):
    values[0], values[1] = 0.9, 0.2
    if method is Method.DYNASCORE:
        values = values[:2]
    merit = MERITS[method](values, weights)
    assert merit[0] > merit[1]


@pytest.mark.parametrize("method", list(Method))
def test_a_ranking_by_any_method_has_the_same_columns(method):
    table = board(np.array([[0.2] * 6, [0.9] * 6, [0.5] * 5 + [NAN]])).ranked({Axis.BIAS: 2}, method=method)
    assert tuple(table.columns)[: len(RANKING_COLUMNS)] == RANKING_COLUMNS
    assert (table.loc[0, "subject"], table.loc[0, "rank"]) == ("s1", 1)
    lacking = table.set_index("subject").loc["s2"]
    assert pd.isna(lacking["rank"])
    assert pd.isna(lacking["score"])
    assert lacking["not_ranked"] == "5 of 6 axes (explainability: not measured)"


@given(tables, st.sampled_from([Method.WEIGHTED, Method.CHEBYSHEV]))
def test_scores_lie_between_their_bounds(values, method):
    ends = np.clip(values - 0.1, 0, 1), np.clip(values + 0.1, 0, 1)
    names = np.array([str(place) for place in range(len(values))], dtype=object)
    table = Utilities(names, names, names, values, *ends).ranked(method=method).dropna(subset="score")
    assert (table["score_low"] <= table["score"] + 1e-12).all()
    assert (table["score"] <= table["score_high"] + 1e-12).all()


def test_no_subjects_have_no_ranking_by_any_method():
    for method in Method:
        assert board(np.zeros((0, 6))).ranked(method=method).empty


@given(
    st.sampled_from([method for method in Method if method.independent]),
    arrays(np.float64, (3, 6), elements=utility),
    st.integers(0, 5),
    st.floats(0, 1),
    weights_of_axes,
)
def test_a_better_axis_never_lowers_a_score(method, raw, axis, better, weights):
    """Also through the product with accuracy."""
    improved = raw.copy()
    improved[0, axis] = max(improved[0, axis], better)
    before, after = (MERITS[method](in_proportion(values), weights) for values in (raw, improved))
    assert after[0] >= before[0] - 1e-12
    np.testing.assert_array_equal(after[1:], before[1:])


def test_utilities_of_three_axes_are_multiplied_by_that_of_accuracy():
    scores = in_proportion(
        np.array([[0.5, 0.6, 0.8, 1.0, 0.7, 0.4], [0.0, 0.6, 0.8, 1.0, 0.7, 0.4], [NAN] + [0.5] * 5])
    )
    assert scores[0].tolist() == [0.5, 0.6, 0.4, 0.5, 0.7, 0.2]
    assert scores[1].tolist() == [0.0, 0.6, 0.0, 0.0, 0.7, 0.0]
    assert np.isnan(scores[2]).tolist() == [True, False, True, True, False, True]
