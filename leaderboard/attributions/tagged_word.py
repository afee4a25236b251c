"""TaggedWord: the log-odds of the tag of one word, explained by the other words of its sentence."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import log_odds
from leaderboard.attributions.explained import Explained
from leaderboard.backends.classifiers import Tagger


class TaggedWord(Explained):
    """Log-odds of a tag of one word of a sentence, as a function of the words beside it, which alone are removed.

    Attributes:
        label: index of the explained tag.
        log_probabilities: of all tags of the word in the whole sentence, shape (tags,).
    """

    def __init__(self, tagger: Tagger, sentence: Sequence[str], position: int, label: int | None = None) -> None:
        """Tag the whole sentence.

        Args:
            tagger: tagger of the subject.
            sentence: words of the sentence.
            position: index of the explained word.
            label: index of the explained tag; None for the predicted one.
        """
        self._tagger = tagger
        self._sentence = tuple(sentence)
        self._position = position
        self.words = (*self._sentence[:position], *self._sentence[position + 1 :])
        self.log_probabilities: FloatArray = tagger.log_probabilities([self._sentence])[0][position]
        self.label = int(self.log_probabilities.argmax()) if label is None else label

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-odds of the tag with some of the other words."""
        before = [sum(index < self._position for index in each) for each in kept]
        sentences = [self._with_word(each, place) for each, place in zip(kept, before, strict=True)]
        tagged = self._tagger.log_probabilities(sentences)
        answers = np.array([tags[place] for tags, place in zip(tagged, before, strict=True)])
        return log_odds(answers.reshape(len(kept), -1), self.label)

    @property
    def refusal(self) -> str:
        """Why there are no gradients."""
        return "the answer is the tag of one word among several"

    def _with_word(self, kept: Sequence[int], place: int) -> list[str]:
        words = [self.words[index] for index in kept]
        return [*words[:place], self._sentence[self._position], *words[place:]]
