"""Scores of detectors: formulas by hand, and what a subject without logits, features or references has."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf

from leaderboard.axes.ood.detectors import (
    Detector,
    detector_scores,
    mahalanobis_scores,
    maximum_probability,
    negative_energy,
)
from leaderboard.backends.classifiers import LogitClassifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.temperature.scaling import TemperedClassifier
from leaderboard.recipes.label_order import ReorderedClassifier
from leaderboard.testing.models import NamedModel, local_model

LABELS = ("negative", "positive")


def test_the_maximum_probability_by_hand():
    assert maximum_probability(np.log([[0.9, 0.1], [0.3, 0.7]])) == pytest.approx([0.9, 0.7])


def test_the_energy_by_hand():
    """Liu et al. 2020: E = -T log Σ exp(z / T), at T = 1; log(e⁰ + e⁰) = log 2."""
    assert negative_energy(np.array([[0.0, 0.0], [3.0, -1000.0]])) == pytest.approx([np.log(2), 3.0])


def test_the_distance_is_that_to_the_nearest_class_mean():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    reference = rng.normal(size=(60, 3)) @ np.diag([1.0, 2.0, 0.5]) + labels[:, None] * np.array([4.0, 0.0, 0.0])
    means = np.stack([reference[labels == label].mean(axis=0) for label in (0, 1)])
    precision = LedoitWolf(assume_centered=True).fit(reference - means[labels]).precision_
    points = rng.normal(size=(5, 3)) * 3
    expected = [-min(mahalanobis(point, mean, precision) ** 2 for mean in means) for point in points]
    assert mahalanobis_scores(points, reference, labels) == pytest.approx(expected)
    assert mahalanobis_scores(means, reference, labels) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_fewer_texts_than_features_still_have_distances():
    rng = np.random.default_rng(0)
    reference = rng.normal(size=(10, 50))
    near, far = mahalanobis_scores(np.stack([reference[0], reference[0] + 100]), reference, np.arange(10) % 2)
    assert np.isfinite([near, far]).all()
    assert near > far


def test_too_few_reference_texts_are_refused():
    with pytest.raises(NotMeasurableError, match="3 labelled reference texts are too few"):
        mahalanobis_scores(np.zeros((1, 2)), np.zeros((3, 2)), np.array([0, 1, 1]))


class Served:
    """A classifier that gives probabilities alone."""

    labels = LABELS

    def log_probabilities(self, texts):
        return np.log([[0.4, 0.6]] * len(texts))

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text)


class Lengths(Served):
    """A classifier by the number of characters."""

    def logits(self, texts):
        return np.array([[0.0, float(len(text))] for text in texts])


def scored(subject, texts=("a", "bcd"), reference=()):
    return detector_scores(subject, texts, np.log([[0.4, 0.6]] * len(texts)), reference)


def test_what_a_subject_cannot_give_has_a_reason():
    scores, reasons = scored(Subject(NamedModel(), Served()), reference=[TextExample(id="0", text="x", label=0)])
    assert set(scores) == {Detector.MSP}
    assert "no logits" in reasons[Detector.ENERGY]
    assert "hidden states" in reasons[Detector.MAHALANOBIS]


def test_a_score_that_is_no_number_is_none_of_its_detector_alone():
    class Broken(Lengths):
        def logits(self, texts):
            return np.full((len(texts), 2), np.nan)

    scores, reasons = scored(Subject(NamedModel(), Broken()))
    assert set(scores) == {Detector.MSP}
    assert "2 of 2 scores that are not finite" in reasons[Detector.ENERGY]
    assert "no labelled reference texts" in reasons[Detector.MAHALANOBIS]


def test_features_are_those_of_the_model(encoder):
    reference = [
        TextExample(id=str(at), text=f"the film was {word}", label=at % 2)
        for at, word in enumerate(["good", "bad", "dull", "great", "a story", "an ending"])
    ]
    subject = Subject(local_model(encoder), Lengths())
    scores, reasons = scored(subject, texts=("the film was good", "which of these"), reference=reference)
    assert reasons == {}
    assert scores[Detector.MAHALANOBIS].shape == (2,)
    assert scores[Detector.MAHALANOBIS][0] > scores[Detector.MAHALANOBIS][1]


def test_an_ensemble_has_no_single_features(encoder):
    model = local_model(encoder)
    _, reasons = scored(
        Subject(model, Lengths(), members=(model, model)), reference=[TextExample(id="0", text="x", label=0)]
    )
    assert "2 members" in reasons[Detector.MAHALANOBIS]


def test_wrappers_change_logits_as_they_change_answers():
    reordered = ReorderedClassifier(Lengths(), LABELS[::-1], (1, 0))
    assert isinstance(reordered, LogitClassifier)
    assert reordered.logits(["abc"]).tolist() == [[3.0, 0.0]]
    assert TemperedClassifier(Lengths(), 2.0).logits(["abc"]).tolist() == [[0.0, 1.5]]
    with pytest.raises(NotMeasurableError, match="no logits"):
        TemperedClassifier(Served(), 2.0).logits(["abc"])


def test_choices_of_another_prompt_keep_their_classes():
    class Prompted(Served):
        def with_prompt(self, template, choices):
            return choices

    reordered = ReorderedClassifier(Prompted(), LABELS[::-1], (1, 0))
    assert reordered.with_prompt("{{ text }}", (" good", " bad"))._classifier == [" bad", " good"]
