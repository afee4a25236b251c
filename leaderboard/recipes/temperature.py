"""Temperature scaling: one number that makes probabilities as sure as they are right (Guo et al. 2017)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Classifier, Tagger, parts_of

FloatArray = npt.NDArray[np.float64]

COOLEST, HOTTEST = 0.05, 20.0
"""Beyond these nothing is learned: a model that is always right on the search split would get ever cooler."""


def fit_temperature(log_probabilities: FloatArray, truth: npt.NDArray[np.intp]) -> float:
    """The temperature that minimises the log-loss of softmax(log p / T), between 0.05 and 20.

    The log-loss has one minimum, since it is convex in 1 / T. Where every T gives the same (one class, probabilities
    that are all alike) it is 1. Where every answer is right it would fall for ever, and T is the lower bound; where
    answers mislead T is the upper.

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
    found = minimize_scalar(
        lambda log: _log_loss(log_probabilities, truth, float(np.exp(log))),
        bounds=(np.log(COOLEST), np.log(HOTTEST)),
        method="bounded",
    )
    # The search never asks about its bounds; of equal ones the first wins, so that T = 1 stays what changes nothing.
    candidates = (1.0, float(np.exp(found.x)), COOLEST, HOTTEST)
    return min(candidates, key=lambda temperature: _log_loss(log_probabilities, truth, temperature))


def temper(log_probabilities: FloatArray, temperature: float) -> FloatArray:
    """Log-probabilities at another temperature; the order of classes stays. Shapes (…, classes)."""
    from scipy.special import log_softmax  # noqa: PLC0415 - slow to import

    tempered: FloatArray = log_softmax(log_probabilities / temperature, axis=-1)
    return tempered


def _log_loss(log_probabilities: FloatArray, truth: npt.NDArray[np.intp], temperature: float) -> float:
    """Mean of -log p of the right class, in nats."""
    return -float(temper(log_probabilities, temperature)[np.arange(len(truth)), truth].mean())


class TemperedClassifier:
    """A classifier whose answers are as sure as a temperature makes them; see `models.subject.Classifier`."""

    def __init__(self, classifier: Classifier, temperature: float) -> None:
        """Temper a classifier.

        Args:
            classifier: any.
            temperature: above 0; above 1 it makes answers less sure.
        """
        self._classifier = classifier
        self._temperature = temperature

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """See `models.subject.Classifier`."""
        return temper(self._classifier.log_probabilities(texts), self._temperature)

    def answer(self, text: Text) -> FloatArray:
        """See `models.subject.Classifier`."""
        return temper(self._classifier.answer(text), self._temperature)

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """See `models.subject.Classifier`.

        ∇ log p_T(y) = (∇ log p(y) - Σ_k p_T(k) ∇ log p(k)) / T, which asks for the gradient of every class.
        """
        weights = np.exp(self.log_probabilities([" ".join(words)])[0])
        gradients = np.array([self._classifier.word_gradients(words, each) for each in range(len(weights))])
        tempered: FloatArray = (gradients[label] - weights @ gradients) / self._temperature
        return tempered

    def token_count(self, text: Text) -> int:
        """See `models.subject.Classifier`."""
        return self._classifier.token_count(text)


class TemperedTagger:
    """A tagger whose answers are as sure as a temperature makes them; see `models.subject.Tagger`."""

    def __init__(self, tagger: Tagger, temperature: float) -> None:
        """Temper a tagger; see `TemperedClassifier`."""
        self._tagger = tagger
        self._temperature = temperature

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._tagger.labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """See `models.subject.Tagger`."""
        return [temper(answer, self._temperature) for answer in self._tagger.log_probabilities(sentences)]

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """See `models.subject.Dividing`."""
        return parts_of(self._tagger, sentences)
