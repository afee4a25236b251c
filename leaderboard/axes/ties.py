"""Ties: answers whose highest score is that of several classes or choices, of which the first counts."""

from collections.abc import Iterable, Sequence

import numpy as np

NOTED_SHARE = 0.01
"""Share of ties above which a note says so; in reduced precision a few are coincidence."""


def tie_notes(scores: Iterable[Sequence[float]], answers: str) -> tuple[str, ...]:
    """Return a note when more than `NOTED_SHARE` of all answers are ties, else none.

    A model that gives every class the same score answers with the first class everywhere, whose share is then its
    accuracy.

    Args:
        scores: scores of each answer, of any scale; a single one is no tie.
        answers: what is answered with, in the plural: "classes" or "choices".
    """
    ties = [np.count_nonzero(np.asarray(each) == np.max(each)) > 1 for each in scores]
    if not ties or sum(ties) <= NOTED_SHARE * len(ties):
        return ()
    return (f"{sum(ties)} of {len(ties)} answers are ties: several {answers} have the highest score, the first counts",)
