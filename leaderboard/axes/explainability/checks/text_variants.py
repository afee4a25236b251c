"""TextVariants: a text, its paraphrase, and the variants of a subject that explain them."""

from collections.abc import Callable, Sequence
from functools import cached_property

from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.classifiers import Classifier, UnspacedWords
from leaderboard.data.perturbations.rewording import reword

Variant = Callable[[], Classifier]
"""Returns a variant of a classifier; raises NotMeasurableError where there is none."""


class TextVariants:
    """One text and the variants that its explanation is compared with; all explain the class predicted for the text.

    Attributes:
        original: units of the text, of which answers are computed once for all methods and checks.
        log_probabilities: of all classes for the text, shape (classes,).
        label: index of the explained class.
        seeds: seeds of methods that draw texts; the first is that of the explanation that others are compared with.
    """

    def __init__(
        self,
        classifier: Classifier,
        words: Sequence[str],
        *,
        budget: int,
        seeds: Sequence[int],
        random_weights: Variant,
        noises: Sequence[Variant],
    ) -> None:
        """Classify the text.

        Args:
            classifier: classifier of the subject.
            words: words of the text.
            budget: largest number of units.
            seeds: seeds of methods that draw texts.
            random_weights: returns the classifier with random weights.
            noises: return the classifier with noise on its embeddings.
        """
        text = ClassifiedText(classifier, words)
        self._classifier, self._words, self._budget = classifier, words, budget
        self._random_weights, self._noises = random_weights, noises
        self.log_probabilities, self.label = text.log_probabilities, text.label
        self.original = TextUnits(text, budget=budget)
        self.seeds = seeds

    @cached_property
    def of_random_weights(self) -> TextUnits:
        """The text, explained for random weights."""
        return self._units(self._random_weights(), self._words)

    @cached_property
    def of_noises(self) -> list[TextUnits]:
        """The text, explained for each noise on the embeddings."""
        return [self._units(noise(), self._words) for noise in self._noises]

    @cached_property
    def reworded(self) -> TextUnits:
        """The paraphrase, which has the same units."""
        is_unspaced = isinstance(self._words, UnspacedWords)
        words = reword(self._words, "" if is_unspaced else " ")
        return self._units(self._classifier, UnspacedWords(words) if is_unspaced else words)

    def _units(self, classifier: Classifier, words: Sequence[str]) -> TextUnits:
        return TextUnits(ClassifiedText(classifier, words, self.label), budget=self._budget)
