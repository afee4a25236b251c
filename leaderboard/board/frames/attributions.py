"""Attributions: how much each word of a text speaks for the class that the subject said, by each explainer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from leaderboard.store.records import StoredObservation


@dataclass(frozen=True, slots=True)
class Explained:
    """One text that was explained.

    Attributes:
        example: its id.
        predicted: index of the class that the subject said.
        label: name of that class; empty where it was not kept.
        probability: of that class, for the whole text.
        scores: one a word, by explainer; above 0 speaks for the class, below 0 against it.
    """

    example: str
    predicted: int
    probability: float
    scores: Mapping[str, tuple[float, ...]]
    label: str = ""

    @property
    def words(self) -> int:
        """How many the text has."""
        return max(map(len, self.scores.values()), default=0)


@dataclass(frozen=True, slots=True)
class WordScore:
    """One word of an explanation.

    Attributes:
        word: as the text has it, or its place ("word 3") where the text is not at hand.
        score: in the unit of its explainer.
        share: of the largest score of the text, between -1 and 1.
        rank: 1 for the word that speaks most for the class.
    """

    word: str
    score: float
    share: float
    rank: int


def explained(seen: Iterable[StoredObservation]) -> list[Explained]:
    """Every text that was explained, in the order it was seen."""
    return [
        Explained(
            example=each.example_id,
            predicted=int(each.data.get("predicted", 0)),
            label=str(each.data.get("predicted_label", "")),
            probability=float(each.data.get("probability", 0.0)),
            scores={
                str(name): tuple(float(score) for score in said.get("scores", ()))
                for name, said in each.data["explanations"].items()
            },
        )
        for each in seen
        if isinstance(each.data.get("explanations"), dict)
    ]


def word_scores(found: Explained, explainer: str, text: str | None) -> list[WordScore]:
    """The words of a text with their scores by one explainer, in the order of the text.

    Args:
        found: the text.
        explainer: one of `found.scores`.
        text: what it says; None, or another number of words than was scored, gives their places alone.
    """
    scores = found.scores[explainer]
    words = text.split() if text is not None else []
    if len(words) != len(scores):
        words = [f"#{place}" for place in range(1, len(scores) + 1)]
    largest = max(map(abs, scores), default=0.0) or 1.0
    ranks = np.empty(len(scores), dtype=np.intp)
    ranks[np.argsort(-np.asarray(scores), kind="stable")] = np.arange(1, len(scores) + 1)
    return [
        WordScore(word, score, score / largest, int(rank))
        for word, score, rank in zip(words, scores, ranks, strict=True)
    ]
