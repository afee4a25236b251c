"""Computations on several texts in step, whose texts with deleted words fill batches together."""

from collections.abc import Generator, Sequence
from typing import TypeVar

import numpy.typing as npt

from leaderboard.attributions.text_units import TextUnits

T = TypeVar("T")

SetRequests = Sequence[tuple[TextUnits, npt.ArrayLike]]
"""Texts, each with sets of units that stay, shape (sets, units)."""


def run_in_step(works: Sequence[Generator[SetRequests, None, T]]) -> list[T]:
    """Run computations together and return their results, in their order.

    A computation yields the sets of units whose explained number it needs next; when it continues, `TextUnits.scores`
    has them. In each step the sets of all computations are answered in one call.
    """
    results: dict[int, T] = {}
    running = dict(enumerate(works))
    while running:
        requests: list[tuple[TextUnits, npt.ArrayLike]] = []
        for index, work in list(running.items()):
            try:
                requests.extend(next(work))
            except StopIteration as end:
                results[index] = end.value
                del running[index]
        TextUnits.score_together(requests)
    return [results[index] for index in range(len(works))]
