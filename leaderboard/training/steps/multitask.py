"""Multi-task step: each epoch draws examples of several tasks in proportion to a power of their sizes."""

from collections.abc import Sequence

import numpy as np

from leaderboard.training.length_bucketing import batches
from leaderboard.training.objectives.multitask import MultitaskObjective
from leaderboard.training.steps.plain import PlainStep
from leaderboard.training.steps.step import Learner


class MultitaskStep(PlainStep):
    """Plain step on examples drawn anew each epoch, as many as all tasks have together."""

    def __init__(self, learner: Learner, objective: MultitaskObjective, exponent: float) -> None:
        super().__init__(learner)
        self._sizes = objective.sizes
        self._exponent = exponent

    def batches(self, epoch: int) -> list[list[list[int]]]:
        """Return batches of examples of similar length, of all tasks mixed."""
        learner = self._learner
        drawn_rows = draw(self._sizes, self._exponent, np.random.default_rng([learner.seed, epoch, *b"tasks"]))
        lengths = [learner.objective.rows[index].length for index in drawn_rows]
        order = batches(lengths, learner.settings.batch_size, seed=learner.seed, epoch=epoch)
        parts = [[drawn_rows[place] for place in batch] for batch in order]
        accumulation = learner.settings.accumulation
        return [parts[at : at + accumulation] for at in range(0, len(parts), accumulation)]


def counts(sizes: Sequence[int], exponent: float) -> list[int]:
    """Return how many examples of each task an epoch has: in proportion to size^exponent, by largest remainders.

    Args:
        sizes: number of examples of each task; the counts have the same sum.
        exponent: 1 is every example once, 0 as many of each task.
    """
    powers = np.asarray(sizes, dtype=np.float64) ** exponent
    shares = powers / powers.sum() * sum(sizes)
    numbers = np.floor(shares + 1e-9).astype(int)
    rest = sum(sizes) - int(numbers.sum())
    numbers[np.argsort(-(shares - numbers), kind="stable")[:rest]] += 1
    return [int(number) for number in numbers]


def draw(sizes: Sequence[int], exponent: float, random: np.random.Generator) -> list[int]:
    """Return the indices of an epoch's examples, tasks one after the other; none is repeated before all were drawn.

    Args:
        sizes: number of examples of each task, whose indices follow each other.
        exponent: see `counts`.
        random: random numbers of the epoch.
    """
    indices: list[int] = []
    begin = 0
    for size, count in zip(sizes, counts(sizes, exponent), strict=True):
        orders = [random.permutation(size) for _ in range(-(-count // size))]
        indices += [begin + int(index) for index in np.concatenate([np.empty(0, int), *orders])[:count]]
        begin += size
    return indices
