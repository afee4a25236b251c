"""ClassifierCopies: a classifier with random weights, and with noise on its embeddings, created when they are used."""

from collections.abc import Sequence
from functools import cache, partial

from leaderboard.axes.explainability.checks.text_variants import Variant
from leaderboard.backends.classifiers import Classifier, variable_of


class ClassifierCopies:
    """Copies of a classifier; one with random weights is in memory at a time.

    Attributes:
        noises: return the classifier with noise on its embeddings, one for each seed.
    """

    def __init__(
        self, classifier: Classifier, *, radius: float, noise_seeds: Sequence[int], model_seeds: Sequence[int]
    ) -> None:
        """Take the seeds of the copies.

        Args:
            classifier: classifier of the subject.
            radius: largest noise, in standard deviations of the embeddings.
            noise_seeds: seeds of the noises.
            model_seeds: seeds of the random weights, at least one.
        """
        self._classifier, self._model_seeds = classifier, model_seeds
        self.noises: list[Variant] = [cache(partial(_noisy, classifier, radius, seed)) for seed in noise_seeds]
        self._number = 0
        self._current: Variant = cache(partial(_randomised, classifier, model_seeds[0]))

    def random_weights(self, text: int, texts: int) -> Variant:
        """Return what creates the classifier with random weights for a text, of which neighbours share one.

        Args:
            text: number of the text, from 0.
            texts: number of all texts.
        """
        number = text * len(self._model_seeds) // texts
        if number != self._number:
            self._number = number
            self._current = cache(partial(_randomised, self._classifier, self._model_seeds[number]))
        return self._current


def _randomised(classifier: Classifier, seed: int) -> Classifier:
    return variable_of(classifier).with_random_weights(seed)


def _noisy(classifier: Classifier, radius: float, seed: int) -> Classifier:
    return variable_of(classifier).with_embedding_noise(radius, seed)
