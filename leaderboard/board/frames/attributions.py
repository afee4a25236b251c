"""Attributions: how much each word of a text supports the predicted class, by each explainer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.errors import NotMeasurableError
from leaderboard.store.records import StoredObservation
from leaderboard.store.stored_protocols import reading_observations


@dataclass(frozen=True, slots=True)
class Explained:
    """One explained text.

    Attributes:
        example: id of the example.
        predicted: index of the predicted class.
        label: name of that class; empty if it was not stored.
        probability: probability of that class for the whole text.
        scores: one score for each word, by explainer; positive supports the class, negative speaks against it.
        units: unit that counts as a word, by its name in the parameters of the protocol.
        spans: first word, and the one behind the last, of each part that has a score, where that is not a word.
    """

    example: str
    predicted: int
    probability: float
    scores: Mapping[str, tuple[float, ...]]
    label: str = ""
    units: str = WordUnit.WORDS
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def words(self) -> int:
        """Number of words of the text, or of its spans."""
        return max(map(len, self.scores.values()), default=0)


@dataclass(frozen=True, slots=True)
class WordScore:
    """The score of one word of an explanation.

    Attributes:
        word: the word, or its place ("#3") if the text is not available.
        score: score in the unit of the explainer.
        share: share of the largest score of the text, between -1 and 1.
        rank: 1 for the word that supports the class most.
    """

    word: str
    score: float
    share: float
    rank: int


def explained(observations: Iterable[StoredObservation]) -> list[Explained]:
    """Return every explained text, in the order of the observations.

    Raises:
        UnreadableObservationsError: for an observation that no protocol writes.
    """
    with reading_observations():
        return [_explained(each) for each in observations if "explanations" in each.data]


def _explained(observation: StoredObservation) -> Explained:
    return Explained(
        example=observation.example_id,
        predicted=int(observation.data.get("predicted", 0)),
        label=str(observation.data.get("predicted_label", "")),
        probability=float(observation.data.get("probability", 0.0)),
        scores={
            str(name): tuple(float(score) for score in explanation.get("scores", ()))
            for name, explanation in observation.data["explanations"].items()
        },
        units=str(observation.data.get("units", WordUnit.WORDS)),
        spans=tuple((int(start), int(stop)) for start, stop in observation.data.get("spans", ())),
    )


def word_scores(explained_text: Explained, explainer: str, text: str | None) -> list[WordScore]:
    """Return the words of a text with their scores by one explainer, in the order of the text.

    Args:
        explained_text: the explained text.
        explainer: one of its explainers.
        text: the words; None, or another number of words than scores, gives only their places. Words behind those that
            the model reads have no score, and are left out.
    """
    scores = explained_text.scores[explainer]
    words = _words(text, explained_text.units) if text is not None else []
    if explained_text.spans and len(words) >= explained_text.spans[-1][1]:
        space = "" if isinstance(words, UnspacedWords) else " "
        words = [space.join(words[start:stop]) for start, stop in explained_text.spans]
    if len(words) != len(scores):
        words = [f"#{place}" for place in range(1, len(scores) + 1)]
    return ranked_words(words, scores)


def ranked_words(words: Sequence[str], scores: Sequence[float]) -> list[WordScore]:
    """Return words with their scores, shares of the largest one and ranks."""
    largest = max(map(abs, scores), default=0.0) or 1.0
    ranks = np.empty(len(scores), dtype=np.intp)
    ranks[np.argsort(-np.asarray(scores), kind="stable")] = np.arange(1, len(scores) + 1)
    return [
        WordScore(word, score, score / largest, int(rank))
        for word, score, rank in zip(words, scores, ranks, strict=True)
    ]


def _words(text: str, units: str) -> Sequence[str]:
    """Return the units of a text; none where this machine cannot split it as the run did."""
    try:
        return split_words(text, WordUnit(units))
    except (ValueError, NotMeasurableError):
        return ()
