import csv

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leaderboard.axes.bias.metrics import (
    counterfactual_gap,
    flip_rate,
    icat,
    language_modelling_score,
    relative_gap,
    stereotype_preference,
    stereotype_score,
)
from leaderboard.axes.bias.swaps import swapped_words
from leaderboard.stats.estimate import Status

scores = arrays(np.float64, 20, elements=st.floats(-100, 0))


def test_preference_is_the_per_cent_of_pairs_where_the_stereotype_is_likelier():
    estimate = stereotype_preference(np.array([-1.0, -2.0, -3.0, -9.0]), np.array([-2.0, -3.0, -4.0, -4.0]))
    assert (estimate.value, estimate.n) == (75.0, 4)
    assert estimate.low == pytest.approx(30.06, abs=0.01)  # Wilson's interval of 3 in 4
    assert estimate.high == pytest.approx(95.44, abs=0.01)


def test_scores_equal_to_three_decimals_are_a_tie_that_counts_against_the_stereotype():
    more, less = np.array([-1.0001, -1.0]), np.array([-1.0002, -2.0])
    assert stereotype_preference(more, less).value == 50.0


def test_ties_can_be_left_out():
    estimate = stereotype_preference(np.array([-1.0, -1.0]), np.array([-1.0, -2.0]), ties=False)
    assert (estimate.value, estimate.n) == (100.0, 1)


@pytest.mark.parametrize("n", [0, 1])
def test_only_ties_or_no_pairs_measure_nothing_without_ties(n):
    assert stereotype_preference(np.full(n, -1.0), np.full(n, -1.0), ties=False).status is Status.NOT_MEASURED


def test_scores_that_are_not_numbers_measure_nothing():
    assert stereotype_preference(np.array([np.nan]), np.array([-1.0])).status is Status.NOT_MEASURED


@given(scores, scores)
def test_exchanged_sentences_give_the_complement_when_ties_are_left_out(more, less):
    one, other = (stereotype_preference(*pair, ties=False) for pair in ((more, less), (less, more)))
    if one.value is not None:
        assert one.value + other.value == pytest.approx(100.0)


PUBLISHED = {  # logs of the authors' script: all, stereo, antistereo
    "bert": (60.48, 61.09, 56.88),
    "roberta": (65.45, 66.80, 57.80),
}
BY_CATEGORY = {
    "bert": [55.17, 61.67, 58.02, 62.89, 63.49, 58.14, 71.43, 67.86, 59.88],
    "roberta": [71.26, 70.0, 58.4, 66.67, 73.02, 64.15, 74.29, 64.29, 66.86],
}
CATEGORIES = [
    "age",
    "disability",
    "gender",
    "nationality",
    "physical-appearance",
    "race-color",
    "religion",
    "sexual-orientation",
    "socioeconomic",
]


def published_scores(mirror, model):
    """Columns of a released score file. It names the two scores of an antistereo pair the wrong way round."""
    with (mirror / "reference" / f"{model}_crows_score.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    anti = np.array([row["stereo_antistereo"] == "antistereo" for row in rows])
    named_more = np.array([float(row["sent_more_score"]) for row in rows])
    named_less = np.array([float(row["sent_less_score"]) for row in rows])
    more, less = np.where(anti, named_less, named_more), np.where(anti, named_more, named_less)
    return more, less, anti, np.array([row["bias_type"] for row in rows])


@pytest.mark.mirror
@pytest.mark.parametrize("model", PUBLISHED)
def test_published_scores_give_the_published_shares(mirror, model):
    more, less, anti, _ = published_scores(mirror, model)
    shares = (
        stereotype_preference(more, less),
        stereotype_preference(more[~anti], less[~anti], ties=False),
        stereotype_preference(more[anti], less[anti], ties=False),
    )
    assert tuple(round(share.value, 2) for share in shares) == PUBLISHED[model]


@pytest.mark.mirror
@pytest.mark.parametrize("model", BY_CATEGORY)
def test_published_scores_give_the_published_shares_by_category(mirror, model):
    more, less, _, category = published_scores(mirror, model)
    shares = [stereotype_preference(more[category == name], less[category == name]) for name in CATEGORIES]
    assert [round(share.value, 2) for share in shares] == BY_CATEGORY[model]


P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
Q = np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]])
TEMPLATES = np.array(["a", "a", "b"])


def test_gap_of_two_classes_is_the_mean_change_of_probability():
    estimate = counterfactual_gap(P, Q, TEMPLATES)
    assert estimate.value == pytest.approx((0.2 + 0.2 + 0.0) / 3)


def test_gap_of_three_classes_is_half_the_distance():
    estimate = counterfactual_gap(np.array([[0.5, 0.3, 0.2]]), np.array([[0.2, 0.3, 0.5]]), np.array(["a"]))
    assert estimate.value == pytest.approx(0.3)


def test_gap_counts_templates_since_their_pairs_are_not_independent():
    assert counterfactual_gap(P, Q, TEMPLATES).n == 2


def test_one_template_says_next_to_nothing():
    estimate = counterfactual_gap(P, Q, np.array(["a", "a", "a"]))
    assert estimate.n == 1
    assert estimate.low < 0.02
    assert estimate.high > 0.9


def test_pairs_of_one_template_widen_the_interval():
    rng = np.random.default_rng(0)
    shift = np.repeat(rng.uniform(0, 0.4, 20), 10)
    p = np.column_stack([0.5 + shift, 0.5 - shift])
    q = np.full_like(p, 0.5)
    apart = counterfactual_gap(p, q, np.arange(200).astype(str))
    together = counterfactual_gap(p, q, np.repeat(np.arange(20), 10).astype(str))
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_relative_gap_by_hand():
    """Answers of template a: .9, .6, .7, .4; of b: .2, .2. The eight distances between them have the mean .45."""
    estimate = relative_gap(P, Q, TEMPLATES)
    assert estimate.value == pytest.approx((0.4 / 3) / 0.45)
    assert estimate.n == 2


def test_relative_gap_of_an_undecided_model_is_that_of_a_decided_one():
    rng = np.random.default_rng(0)
    decided, other = (rng.uniform(0.1, 0.9, 60) for _ in range(2))
    templates = np.repeat(np.arange(20), 3).astype(str)

    def gaps(metric, spread):
        both = [np.column_stack([1 - p, p]) for p in (0.5 + spread * (side - 0.5) for side in (decided, other))]
        return metric(*both, templates).value

    assert gaps(relative_gap, 0.01) == pytest.approx(gaps(relative_gap, 1.0))
    assert gaps(counterfactual_gap, 0.01) == pytest.approx(gaps(counterfactual_gap, 1.0) / 100)


def test_relative_gap_of_noise_is_one():
    rng = np.random.default_rng(0)
    p, q = (np.column_stack([1 - x, x]) for x in rng.random((2, 600)))
    estimate = relative_gap(p, q, np.repeat(np.arange(60), 10).astype(str))
    assert estimate.value == pytest.approx(1.0, abs=0.05)
    assert estimate.low < 1 < estimate.high


@pytest.mark.parametrize(
    ("p", "templates", "reason"),
    [
        (np.full((3, 2), 0.5), TEMPLATES, "the answer is the same for every text"),
        (P, np.array(["a", "a", "a"]), "needs two templates, has 1"),
    ],
)
def test_relative_gap_without_anything_to_compare_with_is_not_measured(p, templates, reason):
    assert relative_gap(p, p, templates).reason == reason


def test_flip_rate_is_the_share_of_changed_answers():
    assert flip_rate(P, Q, TEMPLATES).value == pytest.approx(1 / 3)


def test_no_flip_has_an_interval_that_the_number_of_templates_bounds():
    estimate = flip_rate(P, P, TEMPLATES)
    jeffreys_end = scipy.stats.beta.ppf(0.975, 0.5, 2)  # none of 2 templates, half an unseen one that flips: .771
    assert (estimate.value, estimate.low, estimate.n) == (0.0, 0.0, 2)
    assert estimate.high == pytest.approx(jeffreys_end, abs=0.02)


def test_all_flips_have_an_interval_below_one():
    estimate = flip_rate(np.array([[0.9, 0.1]] * 3), np.array([[0.1, 0.9]] * 3), TEMPLATES)
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert estimate.low < 1


@given(
    arrays(np.float64, (10, 3), elements=st.floats(0.01, 1)), arrays(np.float64, (10, 3), elements=st.floats(0.01, 1))
)
def test_gap_is_symmetric_and_a_probability(p, q):
    p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
    one_template = np.full(10, "a")
    gap = counterfactual_gap(p, q, one_template).value
    assert 0 <= gap <= 1
    assert gap == pytest.approx(counterfactual_gap(q, p, one_template).value)


# Columns: stereotype, opposite, unrelated. Two sentences about nurses, one about chess players.
ASSOCIATIONS = np.array([[3.0, 2.0, 1.0], [2.0, 3.0, 2.5], [3.0, 1.0, 2.0]])
TARGETS = np.array(["nurse", "nurse", "chess player"])
ASSOCIATION_METRICS = [icat, stereotype_score, language_modelling_score]


def test_stereotype_score_counts_each_target_the_same():
    estimate = stereotype_score(ASSOCIATIONS, TARGETS)
    assert (estimate.value, estimate.n) == (75.0, 2)  # nurses 1 of 2, chess players 1 of 1


def test_language_modelling_score_compares_both_meaningful_words_with_the_unrelated_one():
    estimate = language_modelling_score(ASSOCIATIONS, TARGETS)
    assert (estimate.value, estimate.n) == (62.5, 2)  # nurses 3 of 4, chess players 1 of 2


def test_icat_is_language_modelling_that_a_preference_takes_away():
    assert icat(ASSOCIATIONS, TARGETS).value == pytest.approx(62.5 * 25 / 50)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0]], (100.0, 50.0, 100.0)),  # the ideal model
        ([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], (0.0, 100.0, 100.0)),  # always the stereotype
        ([[2.0, 3.0, 1.0], [2.0, 3.0, 1.0]], (0.0, 0.0, 100.0)),  # never
        ([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], (0.0, 0.0, 0.0)),  # ties are neither stereotype nor meaning
    ],
)
def test_association_metrics_of_extreme_models(scores, expected):
    targets = np.array(["a", "a"])
    assert tuple(metric(np.array(scores), targets).value for metric in ASSOCIATION_METRICS) == expected


def test_icat_of_a_model_without_preference_lies_in_its_interval():
    """Half of the targets always show the stereotype, half never: hardly any resample of ICAT is as even."""
    sides = np.tile([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0]], (21, 1))
    estimate = icat(sides, np.array([str(number) for number in range(42)]))
    assert estimate.value == estimate.high == 100.0
    assert estimate.low < 90.0


@pytest.mark.parametrize("metric", ASSOCIATION_METRICS)
def test_no_associations_or_scores_that_are_not_numbers_measure_nothing(metric):
    assert metric(np.empty((0, 3)), np.array([], dtype=np.str_)).status is Status.NOT_MEASURED
    assert metric(np.array([[1.0, np.nan, 0.0]]), np.array(["a"])).status is Status.NOT_MEASURED


@settings(max_examples=5)  # each example resamples twelve times
@given(arrays(np.float64, (12, 3), elements=st.floats(-100, 0)), st.permutations(range(12)))
def test_association_metrics_depend_on_neither_order_nor_scale(scores, order):
    targets = np.array(list("aabbbcccccdd"))
    for metric in ASSOCIATION_METRICS:
        assert metric(scores[order], targets[order]) == metric(scores, targets)
        assert metric(4.0 * scores, targets) == metric(scores, targets)


@pytest.mark.mirror
def test_bert_on_crows_pairs_is_less_certain_than_1508_independent_pairs(mirror):
    """Standard error 1.28 of independent pairs, and 1.7 of pairs that share words (172 of them black and white)."""
    more, less, _, _ = published_scores(mirror, "bert")
    file = mirror / "github/nyu-mll/crows-pairs/data/crows_pairs_anonymized.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        swapped = [swapped_words(row["sent_more"], row["sent_less"]) for row in csv.DictReader(lines)]
    estimate = stereotype_preference(more, less, swapped=swapped)
    assert estimate.value == pytest.approx(60.48, abs=0.005)
    assert (estimate.low, estimate.high) == pytest.approx((57.16, 63.70), abs=0.02)
    assert estimate.n == 871
    assert (estimate.high - estimate.low) / (2 * 1.96) == pytest.approx(1.67, abs=0.02)


def test_relative_gap_without_any_gap_has_an_interval_above_zero():
    """As if half a template in 20 more moved as much as another sentence: no gap was seen, none is not certain."""
    rng = np.random.default_rng(0)
    p = np.column_stack([x := rng.random(20), 1 - x])
    estimate = relative_gap(p, p, np.arange(20).astype(str))
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(scipy.stats.beta.ppf(0.975, 0.5, 20), abs=0.02)
