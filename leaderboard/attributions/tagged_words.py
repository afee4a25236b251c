"""TaggedWords: the log-odds that a tagger gives some words of a sentence their tags."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.attributions.single_answer import SingleAnswer
from leaderboard.backends.answer_attribution import AnswerAttribution
from leaderboard.backends.classifiers import Tagger


class TaggedWords(SingleAnswer):
    """Log-odds that the words of a span have their tags: log P − log(1 − P) with P = Π_w p(tag_w).

    A deleted word is replaced, so that every word stays in its place and each keeps a tag.

    Attributes:
        tags: tag of each explained word, as index of `tagger.labels`, by the index of the word.
    """

    def __init__(self, tagger: Tagger, words: Sequence[str], tags: Mapping[int, int], *, filler: str) -> None:
        """Explain tags of some words.

        Args:
            tagger: the tagger.
            words: words of the sentence.
            tags: index of the tag of each explained word, by the index of the word; at least one.
            filler: text that is put in the place of each deleted word.
        """
        self._tagger = tagger
        self._filler = filler
        self.words = words
        self.tags = dict(tags)

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-odds of the tags where only some of the words stay."""
        answers = self._tagger.log_probabilities([self._filled(set(each)) for each in kept])
        places, tags = list(self.tags), list(self.tags.values())
        return np.array([joint_log_odds(answer[places], tags) for answer in answers])

    def attribution(self) -> AnswerAttribution:
        """Return the gradients and the attention of the tagger for these tags."""
        from leaderboard.backends.local.engine.tag_attribution import (  # noqa: PLC0415 - imports torch
            TagAttribution,
        )

        return TagAttribution(self._tagger, self.tags)

    def _filled(self, kept: set[int]) -> list[str]:
        return [word if at in kept else self._filler for at, word in enumerate(self.words)]


def joint_log_odds(log_probabilities: FloatArray, tags: Sequence[int]) -> float:
    """Return the log-odds that all words have their tags, from log-probabilities of shape (words, tags).

    −log P = Σ_w log(1 + e^−z_w) with the log-odds z_w of each word, and log-odds = −log(e^(−log P) − 1), which is exact
    where P is close to 1.
    """
    lines = np.arange(len(tags))
    others = log_probabilities.copy()
    others[lines, tags] = -np.inf
    odds = log_probabilities[lines, tags] - scipy.special.logsumexp(others, axis=1)
    surprise = float(np.logaddexp(0, -odds).sum())
    return -_log_expm1(max(surprise, np.finfo(np.float64).tiny))


def _log_expm1(value: float) -> float:
    """Return log(e^value − 1), for a value above 0."""
    return float(value + np.log(-np.expm1(-value)))
