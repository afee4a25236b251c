"""Detectors: scores that tell texts of the own distribution from others; larger is more likely the own one."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
import scipy

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.backends.classifiers import logits_of
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Text, TextExample
from leaderboard.errors import NotMeasurableError


class Detector(StrEnum):
    """Score by which a text is taken for one of the own distribution."""

    MSP = "msp"
    ENERGY = "energy"
    MAHALANOBIS = "mahalanobis"


def maximum_probability(log_probabilities: FloatArray) -> FloatArray:
    """Return the probability of the predicted class (maximum softmax probability, Hendrycks & Gimpel 2017).

    Args:
        log_probabilities: shape (n, classes).

    Returns:
        Shape (n,).
    """
    highest: FloatArray = np.exp(log_probabilities.max(axis=1))
    return highest


def negative_energy(logits: FloatArray) -> FloatArray:
    """Return -E = log Σ_k exp(z_k) of logits z, at temperature 1 (Liu et al. 2020): shapes (n, classes) to (n,)."""
    energy: FloatArray = scipy.special.logsumexp(logits, axis=1)
    return energy


def mahalanobis_scores(features: FloatArray, reference: FloatArray, labels: IntArray) -> FloatArray:
    """Return -min_k (f - μ_k)' Σ⁻¹ (f - μ_k) of features f, with μ_k and Σ of a reference (Lee et al. 2018).

    Σ is the covariance that all classes share. It is shrunk as in Ledoit & Wolf 2004, since a reference of fewer texts
    than features has no inverse.

    Args:
        features: shape (n, width).
        reference: features of texts of the own distribution, shape (m, width).
        labels: their classes, shape (m,); a class without a text has no mean.

    Raises:
        NotMeasurableError: with fewer than two texts more than classes.
    """
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415 - slow to import

    classes, places = np.unique(labels, return_inverse=True)
    if len(reference) < len(classes) + 2:
        raise NotMeasurableError(f"{len(reference)} labelled reference texts are too few for a covariance")
    means = np.stack([reference[places == place].mean(axis=0) for place in range(len(classes))])
    fitted = LedoitWolf(assume_centered=True).fit(reference - means[places])
    distances = [np.einsum("ij,jk,ik->i", f, fitted.precision_, f) for f in (features - mean for mean in means)]
    scores: FloatArray = -np.min(distances, axis=0)
    return scores


def detector_scores(
    subject: Subject, texts: Sequence[Text], log_probabilities: FloatArray, reference: Sequence[TextExample]
) -> tuple[dict[Detector, FloatArray], dict[Detector, str]]:
    """Return the scores of the detectors that a subject allows, and why it does not allow the others.

    Args:
        subject: subject that classifies.
        texts: texts of all distributions.
        log_probabilities: its answers to them, shape (len(texts), classes).
        reference: texts of the own distribution, for the Mahalanobis distance.

    Returns:
        Scores, each of shape (len(texts),), and reasons, by detector.
    """
    computations: dict[Detector, Callable[[], FloatArray]] = {
        Detector.MSP: lambda: maximum_probability(log_probabilities),
        Detector.ENERGY: lambda: negative_energy(logits_of(subject.classifier(), texts)),
        Detector.MAHALANOBIS: lambda: _distances(subject, texts, reference),
    }
    scores: dict[Detector, FloatArray] = {}
    reasons: dict[Detector, str] = {}
    for detector, compute in computations.items():
        try:
            scores[detector] = require_finite(compute(), f"detector {detector}")
        except NotMeasurableError as error:
            reasons[detector] = str(error)
    return scores, reasons


def _distances(subject: Subject, texts: Sequence[Text], reference: Sequence[TextExample]) -> FloatArray:
    """Return the scores by the hidden states of the last layer, as a mean over the tokens of a text.

    These are what a probe reads by default, and every other subject with weights on this machine has them.
    """
    if subject.members:
        raise NotMeasurableError(f"{len(subject.members)} members have features of their own each")
    labelled = [example for example in reference if example.label is not None]
    if not labelled:
        raise NotMeasurableError("the task has no labelled reference texts of its own distribution")
    states = subject.hidden_states()
    features = states.pooled([*(example.content for example in labelled), *texts], work="reading texts")
    features = require_finite(features.astype(np.float64), subject.name)
    labels = np.array([example.label for example in labelled], dtype=np.intp)
    return mahalanobis_scores(features[len(labelled) :], features[: len(labelled)], labels)
