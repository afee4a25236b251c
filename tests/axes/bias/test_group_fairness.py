import numpy as np
import pytest

from leaderboard.axes.bias import GROUP_FAIRNESS_SCORE
from leaderboard.axes.bias import group_metrics as metrics
from leaderboard.axes.bias.group_fairness import GroupFairness, GroupFairnessParameters
from leaderboard.axes.bias.group_metrics import GroupedAnswers
from leaderboard.axes.protocol import LEFT_OUT
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.utility_scale import utility
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

TRUE = [1, 1, 0, 0, 1, 1, 0, 0]
PREDICTED = [1, 0, 0, 0, 1, 1, 1, 0]
GROUPS = ["a"] * 4 + ["b"] * 4


def answers(true, predicted, groups, minimum=1):
    return GroupedAnswers(np.array(true, bool), np.array(predicted, bool), np.array(groups), minimum)


class Constant:
    labels = ("bad", "good")

    def log_probabilities(self, texts):
        return np.log(np.array([[0.9, 0.1] if "dull" in text else [0.2, 0.8] for text in texts]))


PROTOCOL = GroupFairness(GroupFairnessParameters(positive="good", minimum=2))
TEXTS = [
    TextExample(id=str(number), text=text, label=label, group=group)
    for number, (text, label, group) in enumerate(
        zip(
            ["good", "dull", "dull", "dull", "good", "good", "good", "dull"],
            [1, 0, 1, 0, 1, 1, 0, 0],
            ["a"] * 4 + ["b"] * 4,
            strict=True,
        )
    )
]


class TestGroupFairness(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), Constant())

    @pytest.fixture
    def splits(self):
        return {"test": TEXTS}

    def test_the_largest_differences_are_between_the_groups(self, protocol, observations):
        values = {name: each.value for (name, _), each in estimates(protocol, observations).items()}
        assert values == {
            "group_fairness_score": pytest.approx(0.75 * 0.5),
            "equalized_odds_difference": 0.5,
            "equal_opportunity_difference": 0.5,
            "demographic_parity_difference": 0.5,
        }


def test_the_values_of_fairlearn():
    from fairlearn.metrics import (
        demographic_parity_difference,
        equal_opportunity_difference,
        equalized_odds_difference,
    )

    rng = np.random.default_rng(0)
    random = rng.integers(0, 2, (2, 90)), rng.choice(["a", "b", "c"], 90)
    for (true, predicted), groups in (((TRUE, PREDICTED), GROUPS), random):
        each = answers(true, predicted, groups)
        for ours, theirs in (
            (metrics.demographic_parity, demographic_parity_difference),
            (metrics.equalized_odds, equalized_odds_difference),
            (metrics.equal_opportunity, equal_opportunity_difference),
        ):
            expected = theirs(true, predicted, sensitive_features=groups)
            assert ours(each).value == pytest.approx(expected)
            assert ours(each).low <= expected <= ours(each).high


@pytest.mark.parametrize(
    ("true", "predicted", "groups", "reason"),
    [
        ([1, 0], [1, 0], ["a", "a"], "needs examples of two groups, has only 'a'"),
        (
            TRUE,
            PREDICTED,
            GROUPS,
            "needs 3 positive and 3 negative examples of each group; 'a' has 2 and 2, and 1 more",
        ),
        ([1, 1, 0, 0], [1, 0, 1, 0], ["a", "a", "b", "b"], "'a' has 2 and 0"),
    ],
)
def test_too_few_examples_of_a_group_are_not_measured(true, predicted, groups, reason):
    for estimate in metrics.FORMULAS:
        assert reason in estimate(answers(true, predicted, groups, minimum=3)).reason


@pytest.mark.parametrize("predicted", [[1] * 8, [0] * 8, [1, 0] * 4], ids=["always", "never", "random"])
def test_an_unable_classifier_has_no_difference_and_no_utility(predicted):
    each = answers(TRUE, predicted, GROUPS)
    assert metrics.equalized_odds(each).value == 0.0
    assert utility(GROUP_FAIRNESS_SCORE, metrics.score(each).value) == 0.0


def test_a_perfect_classifier_has_utility_1():
    assert metrics.score(answers(TRUE, TRUE, GROUPS)).value == 1.0


@pytest.mark.slow
def test_the_interval_holds_the_difference():
    """Three groups without a difference, and with one: the interval holds it in 95 % of the draws or more."""
    rng = np.random.default_rng(1)
    groups = np.repeat(["a", "b", "c"], 200)
    true = np.tile([True, False], 300)
    for difference in (0.0, 0.2):
        rate = np.where(groups == "c", 0.5 + difference, 0.5)
        held = 0
        for _ in range(200):
            estimate = metrics.equalized_odds(GroupedAnswers(true, rng.random(600) < rate, groups))
            held += estimate.low <= difference <= estimate.high
        assert held >= 186


def test_texts_without_a_group_are_left_out(encoder):
    subject = Subject(local_model(encoder), Constant())
    stranger = TextExample(id="x", text="good", label=1)
    observations = list(PROTOCOL.observe(subject, {"test": [*TEXTS, stranger]}, seed=0))
    assert [LEFT_OUT in each.data for each in observations] == [False] * 8 + [True]
    assert PROTOCOL.notes(observations) == ("1 example was left out of 9: it has no label or no group",)
    with pytest.raises(NotMeasurableError, match="no example has a label and a group"):
        list(PROTOCOL.observe(subject, {"test": [stranger]}, seed=0))


def test_sensitive_groups_are_compared_and_not_those_of_splits(encoder):
    """An author in `group` keeps rows in one split; a text without a sensitive group is in none of the author's."""
    texts = [each.model_copy(update={"sensitive": each.group, "group": f"author {each.id}"}) for each in TEXTS]
    alone = TextExample(id="x", text="good", label=1, group="author x")
    subject = Subject(local_model(encoder), Constant())
    observations = list(PROTOCOL.observe(subject, {"test": [*texts, alone]}, seed=0))
    assert {each.data.get("group") for each in observations} == {"a", "b", None}
    before = list(PROTOCOL.observe(subject, {"test": TEXTS}, seed=0))
    assert observations[:-1] == before


def test_an_unknown_class_is_refused_with_the_classes(encoder):
    protocol = GroupFairness(GroupFairnessParameters(positive="great"))
    with pytest.raises(NotMeasurableError, match="`positive: great` is none of the classes: bad, good"):
        list(protocol.observe(Subject(local_model(encoder), Constant()), {"test": TEXTS}, seed=0))


def test_without_observations_nothing_is_measured():
    assert {each.estimate.reason for each in PROTOCOL.estimate([])} == {"no examples"}
