import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.backends.capability import Capability
from leaderboard.backends.local.cost import parameters
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.ensemble import Ensemble
from leaderboard.recipes.ensemble.prepare import (
    EnsembleChooser,
    EnsembleClassifier,
    EnsembleTagger,
    mean_log_probabilities,
)
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.zero_shot import ZeroShot

FAST = {"learning_rate": 3e-3, "epochs": 2, "batch_size": 4, "max_length": 32, "dropout": 0.0}
pytestmark = pytest.mark.usefixtures("trained_once")
TEXTS = ["a great story", "dull acting", "the doctor laughed"]


def test_probabilities_are_averaged_by_hand():
    assert np.exp(mean_log_probabilities([np.log([0.9, 0.1]), np.log([0.5, 0.5])])) == pytest.approx([0.7, 0.3])


@pytest.fixture
def subject(preparing, encoder, praise):
    return Ensemble(size=2, member=Finetune(**FAST)).prepare(preparing(encoder, praise.task, praise.splits))


@pytest.fixture
def members(preparing, encoder, praise):
    return [
        Finetune(**FAST).prepare(preparing(encoder, praise.task, praise.splits, seed=seed)).classifier()
        for seed in (0, 1)
    ]


def test_members_are_subjects_of_following_seeds(subject, members):
    expected = np.mean([np.exp(member.log_probabilities(TEXTS)) for member in members], axis=0)
    assert np.exp(subject.classifier().log_probabilities(TEXTS)) == pytest.approx(expected)
    assert np.exp(subject.classifier().answer(TEXTS[0])) == pytest.approx(expected[0], abs=1e-5)


def test_an_answer_costs_all_members(subject, members):
    assert len(subject.models) == 2
    assert subject.classifier().token_count(TEXTS[0]) == 2 * members[0].token_count(TEXTS[0])
    assert sum(parameters(model.loaded) for model in subject.models) == 2 * parameters(subject.model.loaded)


def test_gradients_of_both_classes_weighed_by_probability_cancel(subject):
    classifier = subject.classifier()
    probability = np.exp(classifier.log_probabilities(["a great story"])[0])
    gradients = [classifier.word_gradients("a great story".split(), label) for label in range(2)]
    assert np.abs(gradients).max() > 0
    assert probability @ gradients == pytest.approx(np.zeros(3), abs=1e-5)


@pytest.mark.slow
def test_membership_is_that_of_the_members(subject):
    assert len(subject.training.members) == 60
    assert len(subject.trained_on) == 60
    assert subject.training.reference().log_probabilities(TEXTS).shape == (3, 2)


def test_probes_of_one_body_are_one_model_asked_several_times(preparing, encoder, praise):
    subject = Ensemble(size=3, member=Probe(folds=2)).prepare(preparing(encoder, praise.task, praise.splits))
    assert len(subject.models) == 3
    assert {id(model.loaded) for model in subject.models} == {id(encoder)}
    assert subject.capabilities == {
        Capability.CLASSIFY,
        Capability.ATTRIBUTE,
        Capability.HIDDEN_STATES,
        Capability.WEIGHTS,
    }


def test_members_that_cannot_answer_together_are_not_measured(preparing, encoder, praise):
    with pytest.raises(NotMeasurableError, match="neither classifies, tags nor chooses"):
        Ensemble(member=ZeroShot()).prepare(preparing(encoder, praise.task, praise.splits))


class FixedMember:
    labels = ("O", "B-PER")

    def __init__(self, *probabilities):
        self._log_probabilities = np.log(probabilities)

    def log_probabilities(self, _texts):
        return [self._log_probabilities]

    def scores(self, _questions):
        return [self._log_probabilities + 5.0]


def test_taggers_and_choosers_are_averaged_too():
    one, other = FixedMember([0.9, 0.1], [0.2, 0.8]), FixedMember([0.5, 0.5], [0.4, 0.6])
    (tags,) = EnsembleTagger([one, other]).log_probabilities([("a", "b")])
    assert np.exp(tags) == pytest.approx(np.array([[0.7, 0.3], [0.3, 0.7]]))
    (scores,) = EnsembleChooser([FixedMember(0.9, 0.1), FixedMember(0.5, 0.5)]).scores([("q", ("a", "b"))])
    assert np.exp(scores) == pytest.approx([0.7, 0.3])
    assert EnsembleClassifier([one, other]).labels == ("O", "B-PER")


def test_a_size_that_no_machine_prepares_is_refused():
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        Ensemble(size=10**18, member=Finetune(**FAST))
