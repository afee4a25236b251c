"""Temperature scaling: one number that calibrates probabilities (Guo et al. 2017)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import (
    Classifier,
    Tagger,
    attributor_of,
    joined_words,
    logits_of,
    parts_of,
    with_prompt,
)
from leaderboard.backends.passed_attribution import PassedAttribution, text_scores_of
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.text_scores import TextScores

MINIMUM, MAXIMUM = 0.05, 20.0
"""Bounds of the temperature: for a model that is always right on the search split it would go to 0."""


def fit_temperature(log_probabilities: FloatArray, truth: npt.NDArray[np.intp]) -> float:
    """Fit the temperature that minimises the log-loss of softmax(log p / T), between 0.05 and 20.

    The log-loss has one minimum, since it is convex in 1 / T. T is 1 where every T gives the same loss (one class,
    equal probabilities), the lower bound where every prediction is right, and the upper one where predictions mislead.

    Args:
        log_probabilities: shape (n, classes).
        truth: index of the right class, shape (n,).

    Raises:
        NotMeasurableError: without examples, or when an answer is not a number.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - slow to import

    if not len(truth):
        raise NotMeasurableError("no examples to fit a temperature on")
    if not np.isfinite(log_probabilities).all():
        raise NotMeasurableError("no temperature can be fitted on log-probabilities that are not finite numbers")
    minimum = minimize_scalar(
        lambda log: _log_loss(log_probabilities, truth, float(np.exp(log))),
        bounds=(np.log(MINIMUM), np.log(MAXIMUM)),
        method="bounded",
    )
    # The search never evaluates its bounds; of equal losses the first wins, so that T = 1 changes nothing.
    candidates = (1.0, float(np.exp(minimum.x)), MINIMUM, MAXIMUM)
    return min(candidates, key=lambda temperature: _log_loss(log_probabilities, truth, temperature))


def temper(log_probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return log-probabilities at another temperature; the order of classes stays. Shapes (…, classes)."""
    from scipy.special import log_softmax  # noqa: PLC0415 - slow to import

    tempered: FloatArray = log_softmax(log_probabilities / temperature, axis=-1)
    return tempered


def _log_loss(log_probabilities: FloatArray, truth: npt.NDArray[np.intp], temperature: float) -> float:
    """Return the mean of -log p of the right class, in nats."""
    return -float(temper(log_probabilities, temperature)[np.arange(len(truth)), truth].mean())


class TemperedClassifier(PassedAttribution):
    """Classifier whose logits are divided by a temperature."""

    def __init__(self, classifier: Classifier, temperature: float) -> None:
        """Divide the logits of a classifier by a temperature.

        Args:
            classifier: any.
            temperature: above 0; above 1 it lowers confidence.
        """
        self._classifier = classifier
        self._temperature = temperature

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities at this temperature, shape (texts, classes)."""
        return temper(self._classifier.log_probabilities(texts), self._temperature)

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the scores of classes, divided by the temperature, shape (texts, classes)."""
        return logits_of(self._classifier, texts) / self._temperature

    def with_prompt(self, template: str, choices: Sequence[str]) -> "TemperedClassifier":
        """Return the classifier with another prompt at this temperature."""
        return self.around(with_prompt(self._classifier, template, choices))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text at this temperature."""
        return temper(self._classifier.answer(text), self._temperature)

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient attribution of each word for the log-probability at this temperature.

        ∇ log p_T(y) = (∇ log p(y) - Σ_k p_T(k) ∇ log p(k)) / T, which needs the gradient of every class.
        """
        weights = np.exp(self.log_probabilities([joined_words(words)])[0])
        gradients = np.array(
            [attributor_of(self._classifier).word_gradients(words, each) for each in range(len(weights))]
        )
        tempered: FloatArray = (gradients[label] - weights @ gradients) / self._temperature
        return tempered

    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return the log-probabilities at this temperature as a function of the embeddings of a text."""
        from leaderboard.backends.local.engine.changed_scores import changed_scores  # noqa: PLC0415 - imports torch

        scores = text_scores_of(self._classifier, words)
        return changed_scores(scores, lambda answers: (answers / self._temperature).log_softmax(-1))

    def around(self, classifier: Classifier) -> "TemperedClassifier":
        """Return another classifier at this temperature."""
        return TemperedClassifier(classifier, self._temperature)

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text."""
        return self._classifier.token_count(text)


class TemperedTagger:
    """Tagger whose logits are divided by a temperature."""

    def __init__(self, tagger: Tagger, temperature: float) -> None:
        """Divide the logits of a tagger by a temperature."""
        self._tagger = tagger
        self._temperature = temperature

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._tagger.labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Return the log-probabilities of each word at this temperature, by sentence."""
        return [temper(answer, self._temperature) for answer in self._tagger.log_probabilities(sentences)]

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Return the log-probabilities of one sentence at this temperature, without the cache."""
        return temper(self._tagger.answer(words), self._temperature)

    def word_scores(self, words: Sequence[str], places: Sequence[int]) -> "TextScores":
        """Return the log-probabilities of the tags of some words by the embeddings, shape (points, places, tags)."""
        from leaderboard.backends.local.engine.changed_scores import changed_scores  # noqa: PLC0415 - imports torch
        from leaderboard.backends.local.engine.tag_attribution import word_scores_of  # noqa: PLC0415 - as above

        scores = word_scores_of(self._tagger, words, places)
        return changed_scores(scores, lambda answers: (answers / self._temperature).log_softmax(-1))

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens of a sentence."""
        return self._tagger.token_count(words)

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """Return the number of forward passes of each sentence."""
        return parts_of(self._tagger, sentences)
