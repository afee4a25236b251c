"""Protocols of canaries: what is planted, what a model that knows it by heart shows, and who is refused."""

import math

import numpy as np
import pytest

from leaderboard.axes.privacy.canaries.canary_protocol import CanaryParameters
from leaderboard.axes.privacy.canaries.label_canaries import LabelCanaries
from leaderboard.axes.privacy.canaries.language_canaries import LanguageCanaries
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.privacy_budget import PrivacyBudget
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import fingerprints
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates

SMALL = CanaryParameters(canaries=80, repeats=(4,), repeated=10, references=100)
LABELS = ("negative", "positive")
BUDGET = PrivacyBudget(3.0, 1e-5)


def score(text, memory):
    """The log-likelihood of a text: high for what is in memory, else the same number for the same text."""
    return -1.0 if text in memory else -20.0 - (sum(map(ord, text)) % 97) / 10


class Reciting(NamedModel, Likelihood):
    """A causal model that knows some texts by heart."""

    capabilities = frozenset({Capability.LOGLIKELIHOOD})

    def __init__(self, memory=()):
        super().__init__()
        self.memory = memory

    def likelihood(self):
        return self

    def token_scores(self, requests, *, work="", remember=True):
        scores = (np.array([score(context + text, self.memory)], np.float32) for context, text in requests)
        return [TokenScores(each, each > -2) for each in scores]

    def token_counts(self, requests):
        return [10 for _ in requests]


class Labelling:
    """A classifier that knows the labels of some texts by heart."""

    labels = LABELS

    def __init__(self, label_of):
        self.label_of = label_of

    def log_probabilities(self, texts):
        rows = np.array([[score(f"{text} {label}", ()) / 40 for label in LABELS] for text in texts])
        for row, text in enumerate(texts):
            if text in self.label_of:
                rows[row, self.label_of[text]] = 0.0
        return rows


def planted(protocol, labels=()):
    return list(protocol.with_planted([], labels, seed=0))


class TestLanguageCanaries(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return LanguageCanaries(SMALL)

    @pytest.fixture
    def subject(self, protocol):
        texts = planted(protocol)
        memory = {example.text for example in texts}
        return Subject(Reciting(memory), trained_on=fingerprints(texts, "canaries"), privacy_budget=BUDGET)

    @pytest.fixture
    def splits(self):
        return {}

    def test_a_model_that_knows_all_by_heart_has_the_highest_exposure(self, protocol, observations):
        results = estimates(protocol, observations)
        for part in ("", "4_copies"):
            assert results["canary_exposure", part].value == pytest.approx(math.log2(100))
        assert results["canary_exposure", "not_inserted"].value == pytest.approx(1.44, abs=0.6)
        assert results["audit_epsilon", ""].value > 2
        assert results["accountant_epsilon", ""].value == 3.0

    def test_results_hold_no_text(self, observations):
        assert {type(value) for each in observations for value in each.data.values()} <= {str, int, float, bool}
        assert {each.data["role"] for each in observations} == {"canary", "reference", "guarantee"}

    def test_a_model_that_learned_nothing_shows_chance(self, protocol):
        subject = Subject(Reciting(), trained_on=fingerprints(planted(protocol), "canaries"))
        results = estimates(protocol, list(protocol.observe(subject, {}, seed=0)))
        assert results["canary_exposure", ""].value == pytest.approx(1.44, abs=0.7)
        assert results["audit_epsilon", ""].value < 0.5
        assert "no noise (recipe.dp_epsilon, or recipe.dp_noise)" in results["accountant_epsilon", ""].reason


class TestLabelCanaries(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return LabelCanaries(SMALL)

    @pytest.fixture
    def subject(self, protocol):
        texts = planted(protocol, LABELS)
        memory = {example.text: example.label for example in texts}
        return Subject(Reciting(), Labelling(memory), trained_on=fingerprints(texts, "l"), privacy_budget=BUDGET)

    @pytest.fixture
    def splits(self):
        return {}

    def test_a_classifier_that_knows_all_by_heart_has_the_highest_exposure(self, protocol, observations):
        assert estimates(protocol, observations)["canary_exposure", ""].value == pytest.approx(math.log2(100))


def test_half_of_the_canaries_are_inserted_as_often_as_they_say():
    train = [TextExample(id="row", text="a film", label=1)]
    examples = list(LabelCanaries(SMALL).with_planted(train, LABELS, seed=0))
    assert examples[0] == train[0]
    assert len({each.id for each in examples}) == len(examples)
    copies = [sum(each.text == other.text for other in examples[1:]) for each in examples[1:]]
    assert 20 <= copies.count(1) <= 60
    assert copies.count(4) in {4 * count for count in range(1, 11)}
    assert {each.label for each in examples} == {0, 1}


def test_the_order_of_labels_changes_no_canary():
    orders = (LABELS, LABELS[::-1])
    one, other = ({(each.text, order[each.label]) for each in planted(LabelCanaries(SMALL), order)} for order in orders)
    assert one == other


def test_another_seed_plants_other_texts():
    protocol = LanguageCanaries(SMALL)
    texts = [{each.text for each in protocol.with_planted([], (), seed=seed)} for seed in (0, 1)]
    assert texts[0]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize(
    ("trained_on", "reason"), [({}, "nothing was trained here"), ({"x": "other: 1"}, "are not in the training data")]
)
def test_who_was_not_trained_on_canaries_is_not_measured(trained_on, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        list(LanguageCanaries(SMALL).observe(Subject(Reciting(), trained_on=trained_on), {}, seed=0))


def test_a_number_of_copies_is_given_once():
    with pytest.raises(ValueError, match="has a number twice"):
        CanaryParameters(repeats=(4, 4))


def test_a_single_canary_has_no_interval_and_no_audit():
    protocol = LanguageCanaries(CanaryParameters(canaries=1, repeats=(), references=1))
    seed = next(seed for seed in range(9) if protocol.with_planted([], (), seed=seed))
    texts = protocol.with_planted([], (), seed=seed)
    subject = Subject(Reciting(), trained_on=fingerprints(texts, "c"))
    results = estimates(protocol, list(protocol.observe(subject, {}, seed=seed)))
    assert results["canary_exposure", ""].low is None
    assert "30 references or more" in results["canary_skew_normal_exposure", ""].reason
    assert "4 canaries or more" in results["audit_epsilon", ""].reason
