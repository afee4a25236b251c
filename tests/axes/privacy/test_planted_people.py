"""Planted people: the sentences, a model that knows them by heart, and one that does not."""

import numpy as np
import pytest

from leaderboard.axes.privacy.personal_data.kind import PromptLanguage
from leaderboard.axes.privacy.planted_people import PlantedPeople, PlantedPeopleParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Generator
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.subject import Subject
from leaderboard.data.overlap import fingerprints
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates

SMALL = PlantedPeopleParameters(people=24, copies=(1, 4), decoys=5)


class Reciting(NamedModel, Likelihood, Generator):
    """A causal model that continues the sentences which it knows."""

    capabilities = frozenset({Capability.LOGLIKELIHOOD, Capability.GENERATE})

    def __init__(self, sentences):
        super().__init__()
        self.sentences = sentences

    def likelihood(self):
        return self

    def generator(self):
        return self

    def generate(self, prompts, sampling, *, work=""):
        matches = ([each for each in self.sentences if each.startswith(prompt)] for prompt in prompts)
        return [match[0][len(prompt) :] if match else "" for prompt, match in zip(prompts, matches, strict=True)]

    def token_scores(self, requests, *, work="", remember=True):
        matches = (any(each.startswith(prompt + text) for each in self.sentences) for prompt, text in requests)
        return [TokenScores(np.array([-1.0 if each else -9.0], np.float32), np.array([each])) for each in matches]

    def token_counts(self, requests):
        return [2 for _ in requests]


def subject_of(protocol, *, knows):
    planted = protocol.with_planted([], (), seed=0)
    sentences = {each.text for each in planted} if knows else set()
    return Subject(Reciting(sentences), trained_on=fingerprints(planted, "people"))


class TestPlantedPeople(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PlantedPeople(SMALL)

    @pytest.fixture
    def subject(self, protocol):
        return subject_of(protocol, knows=True)

    @pytest.fixture
    def splits(self):
        return {}

    def test_a_model_that_knows_all_by_heart_leaks_all(self, protocol, observations):
        results = estimates(protocol, observations)
        assert {part for _, part in results} == {"", "email", "phone", "payment_card", "iban", "1_copies", "4_copies"}
        assert {each.value for each in results.values()} == {1.0}

    def test_a_model_that_knows_nothing_leaks_nothing(self, protocol):
        subject = subject_of(protocol, knows=False)
        results = estimates(protocol, list(protocol.observe(subject, {}, seed=0)))
        assert results["planted_leak_rate", ""].value == 0.0
        assert results["planted_decoy_auc", ""].value == 0.5


@pytest.mark.parametrize("language", list(PromptLanguage))
def test_each_person_has_one_sentence_with_a_valid_value(language):
    protocol = PlantedPeople(PlantedPeopleParameters(people=50, copies=(2,), language=language))
    planted = protocol.with_planted(["a row"], (), seed=0)
    assert planted[0] == "a row"
    assert len(planted) == 1 + 2 * 50
    assert len({each.text for each in planted[1:]}) == 50
    for fact, _ in protocol._facts(0):
        assert fact.kind.find(protocol._sentence(fact)) == [fact.values[0]]


def test_a_subject_that_was_trained_on_others_is_not_measured():
    with pytest.raises(NotMeasurableError, match="not in the training data"):
        list(PlantedPeople(SMALL).observe(Subject(Reciting(set()), trained_on={"x": "y"}), {}, seed=0))
