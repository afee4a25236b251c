import numpy as np
import pytest

from leaderboard.backends.capability import Capability, listed
from leaderboard.backends.classifiers import attributor_of
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel, local_model
from tests.in_one_test import in_one_test


class Guesses:
    labels = ("no", "yes")

    def log_probabilities(self, texts):
        return np.log(np.full((len(texts), 2), 0.5))

    def answer(self, _text):
        return np.log([0.5, 0.5])

    def token_count(self, text):
        return len(text.split())


class Explains(Guesses):
    def word_gradients(self, words, _label):
        return np.zeros(len(words))


def test_a_subject_can_what_its_model_can_and_what_its_recipe_added(causal, masked, encoder):
    of_body = {Capability.WEIGHTS, Capability.HIDDEN_STATES}
    of_causal = {Capability.LOGLIKELIHOOD, Capability.GENERATE, Capability.STREAM, Capability.CHOOSE}
    assert Subject(local_model(causal)).capabilities == of_causal | of_body
    assert Subject(local_model(masked)).capabilities == {Capability.PSEUDO_LOGLIKELIHOOD} | of_body
    assert Subject(local_model(encoder), Guesses()).capabilities == {Capability.CLASSIFY} | of_body
    assert Subject(NamedModel()).capabilities == frozenset()


def test_only_a_classifier_with_gradients_attributes():
    assert Capability.ATTRIBUTE in Subject(NamedModel(), Explains()).capabilities
    assert Capability.ATTRIBUTE not in Subject(NamedModel(), Guesses()).capabilities
    with pytest.raises(NotMeasurableError, match="gives no gradients of words"):
        attributor_of(Guesses())


@in_one_test(
    "capability, reason",
    [
        ("likelihood", "some model cannot compute log-likelihoods"),
        ("masked_likelihood", "some model cannot compute pseudo-log-likelihoods"),
        ("generator", "some model cannot generate"),
        ("hidden_states", "some model gives no hidden states"),
        ("chat", "some model has no chat template"),
        ("weights", "the weights of some model are not on this machine"),
        ("classifier", "some model does not classify"),
        ("attributor", "some model does not classify"),
        ("tagger", "some model does not tag words"),
        ("chooser", "some model has no head that chooses"),
    ],
)
def test_what_a_subject_cannot_do_is_not_measurable_and_says_why(capability, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        getattr(Subject(NamedModel()), capability)()


def test_a_masked_model_gives_no_likelihood_and_says_what_it_can(masked):
    with pytest.raises(NotMeasurableError, match=r"cannot generate \(it can: compute pseudo-log-likelihoods\)"):
        Subject(local_model(masked)).generator()


def test_weights_are_looked_at_and_not_asked():
    assert listed({Capability.WEIGHTS}) == ""
    assert listed({Capability.WEIGHTS, Capability.TAG, Capability.CHOOSE}) == " (it can: choose, tag)"


def test_an_ensemble_notes_what_each_of_its_models_noted_once():
    class Noting(NamedModel):
        def evaluation_notes(self):
            return ("3 texts were cut", f"{self.name} reads rows alone")

    first, second = Noting("first"), Noting("second")
    notes = Subject(first, members=(first, second, first)).evaluation_notes()
    assert notes == ("3 texts were cut", "first reads rows alone", "second reads rows alone")


def test_texts_that_were_cut_in_one_evaluation_are_not_noted_in_the_next(causal):
    subject = Subject(local_model(causal))
    subject.likelihood().loglikelihoods([("he " * 300, "he")])
    assert any("were cut" in note for note in subject.evaluation_notes())
    subject.start_evaluation()
    assert subject.evaluation_notes() == ()
