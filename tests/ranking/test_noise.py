"""Noise is not good: answers at random never have more than the utility of chance on an axis about answers.

A random model is as fast as any and leaks nothing: latency is not about answers, and privacy counts in proportion to
accuracy, as bias and explainability do.
"""

import numpy as np
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import coreference_metrics, group_metrics, metrics, question_metrics
from leaderboard.axes.catalogue import METRICS
from leaderboard.ranking.accuracy_scaling import PROPORTIONAL
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.ranking.weighted_ranking import axis_utilities
from tests.ranking.test_weighted_ranking import row

N = 4000
TOLERANCE = 0.05
BINARY = UtilityAnchors(worst=0.5, best=1.0)
"""Anchors of a task of two classes, as `task_anchors` has them: the chance level is utility 0."""
AT_CHANCE = {"accuracy", "accuracy_norm", "ood_accuracy"}
"""Headline metrics whose chance level is an anchor of the task."""
WORST_AT_CHANCE = {"span_f1", "exact_match", "rouge_l", "instruction_score", "ood_span_f1", "faithfulness"}
"""Headline metrics that are at the worst anchor of the catalogue for a random model."""


def utilities(value_of):
    """Utilities of a subject at chance accuracy that has a value on one more metric."""
    rows = [row("noise", "films", "accuracy", 0.5, (0.49, 0.51)), row("noise", "task", *value_of)]
    return axis_utilities(rows, {("films", "accuracy"): BINARY, ("task", "ood_accuracy"): BINARY})


@pytest.mark.parametrize("name", [name for name, each in METRICS.items() if each.headline])
def test_the_best_value_of_any_metric_has_no_utility_at_chance_accuracy(name):
    """Where noise can look good, on proportional axes, it counts for nothing."""
    metric = METRICS[name]
    if metric.axis in PROPORTIONAL:
        assert utilities((name, metric.best))[metric.axis].value == pytest.approx(0.0, abs=1e-12)
    else:
        assert metric.axis is Axis.LATENCY or name in AT_CHANCE | WORST_AT_CHANCE


def random_questions(rng):
    answer, choice = rng.integers(0, 3, (2, N))
    ambiguous = np.arange(N) % 2 == 0
    answer[ambiguous] = 0
    answer[~ambiguous] = rng.integers(1, 3, N // 2)
    return question_metrics.QuestionAnswers(
        ambiguous=ambiguous,
        parsed=np.ones(N, dtype=bool),
        right=choice == answer,
        person=choice > 0,
        biased=choice == 1,
        has_target=np.ones(N, dtype=bool),
        templates=np.array([str(number % 150) for number in range(N)]),
    )


def random_coreference(rng):
    return rng.random((N, 2)) < 0.5, np.array([str(number % 200) for number in range(N)])


def random_groups(rng):
    true, predicted = rng.random((2, N)) < 0.5
    return group_metrics.GroupedAnswers(true, predicted, rng.choice(["a", "b"], N))


def random_gaps(rng):
    probabilities = rng.dirichlet([1.0, 1.0], (2, 400))
    return *probabilities, np.array([str(number % 100) for number in range(400)])


@pytest.mark.parametrize(
    ("name", "estimate"),
    [
        ("bias_question_score", lambda rng: question_metrics.score(random_questions(rng))),
        ("coreference_score", lambda rng: coreference_metrics.score(*random_coreference(rng))),
        ("group_fairness_score", lambda rng: group_metrics.score(random_groups(rng))),
        ("relative_counterfactual_gap", lambda rng: metrics.relative_gap(*random_gaps(rng))),
    ],
)
def test_random_answers_have_no_utility_even_without_an_accuracy(name, estimate):
    """On one draw of each; the stereotype preference alone needs the accuracy, since 50 % is both noise and ideal."""
    value = estimate(np.random.default_rng(0)).value
    rows = [row("noise", "task", name, value)]
    assert axis_utilities(rows, proportional=False)[Axis.BIAS].value <= TOLERANCE


def test_every_headline_metric_of_bias_is_tested_for_noise():
    tested = {
        "bias_question_score",
        "coreference_score",
        "group_fairness_score",
        "relative_counterfactual_gap",
        "stereotype_preference",
    }
    assert {name for name, each in METRICS.items() if each.headline and each.axis is Axis.BIAS} == tested


def test_a_contested_metric_is_at_most_a_third_of_its_axis():
    """Beside the relative gap, which every suite with CrowS-Pairs has."""
    contested, other = METRICS["stereotype_preference"], METRICS["relative_counterfactual_gap"]
    assert contested.weight / (contested.weight + other.weight) == pytest.approx(1 / 3)
