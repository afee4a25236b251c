"""Gradients and attention of a sentence for the tags of some of its words."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch

from leaderboard.backends.classifiers import Tagger
from leaderboard.backends.local.engine.changed_scores import changed_scores, two_sided
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.engine.word_attribution import WordAttribution
from leaderboard.errors import NotMeasurableError


@runtime_checkable
class TransparentTagger(Tagger, Protocol):
    """A tagger whose embeddings and attention can be read."""

    def word_scores(self, words: Sequence[str], places: Sequence[int]) -> TextScores:
        """Return the log-probabilities of the tags of some words, shape (points, places, tags), by the embeddings.

        Raises:
            NotMeasurableError: for a sentence that is tagged in parts, or a word without a token.
        """


def word_scores_of(tagger: Tagger, words: Sequence[str], places: Sequence[int]) -> TextScores:
    """Return the scores of some words where a tagger has them.

    Raises:
        NotMeasurableError: for a tagger that gives only answers.
    """
    if not isinstance(tagger, TransparentTagger):
        raise NotMeasurableError("this tagger combines several answers, or is not on this machine: it has no gradients")
    return tagger.word_scores(words, places)


class TagAttribution(WordAttribution):
    """Attributions of the tags of some words, as the two classes of `AnswerAttribution`."""

    def __init__(self, tagger: Tagger, tags: Mapping[int, int]) -> None:
        """Explain the tags of some words.

        Args:
            tagger: the tagger.
            tags: index of the tag of each word, by the index of the word.
        """
        self._tagger = tagger
        self._tags = dict(tags)

    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the log-probability that the words have their tags, and that any has another one.

        Raises:
            NotMeasurableError: for a tagger without gradients.
        """
        tags = torch.tensor(list(self._tags.values()))

        def joint(answers: torch.Tensor) -> torch.Tensor:
            index = tags.to(answers.device).expand(len(answers), -1)[..., None]
            own = answers.gather(-1, index)[..., 0]
            others = answers.scatter(-1, index, -torch.inf).logsumexp(-1)
            surprise = torch.nn.functional.softplus(others - own).sum(-1).double()
            smallest = torch.finfo(torch.float64).tiny
            return two_sided(-_log_expm1(surprise.clamp_min(smallest)))

        return changed_scores(word_scores_of(self._tagger, words, list(self._tags)), joint)


def _log_expm1(values: torch.Tensor) -> torch.Tensor:
    return values + torch.log(-torch.expm1(-values))
