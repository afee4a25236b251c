"""Instruction metrics: how many instructions written texts follow, and how many they follow by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.accuracy.instructions.check import InstructionCheck
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_times

EXCHANGES = 32
"""Largest number of other prompts whose texts are checked for each prompt."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Which texts follow the instructions of which prompts.

    Attributes:
        own: whether the text of each prompt follows all its instructions, shape (n,).
        others: whether the text of the prompt `offset` places later does, shape (offsets, n), for the offsets 1, 2, …
    """

    own: BoolArray
    others: BoolArray

    def score(self, times: FloatArray) -> FloatArray:
        """Return the score for how often each prompt counts, shape (m, n) to (m,); NaN where it is undefined.

        (A - E) / (1 - E): A is the share of prompts whose text follows all their instructions, E the share of
        (prompt, text of another prompt) where the text does. As κ (Cohen 1960) it is 0 for texts that do not depend on
        the prompt, such as noise, and 1 where all instructions are followed.
        """
        pairs, followed = np.zeros(len(times)), np.zeros(len(times))
        for offset, passed in enumerate(self.others, start=1):
            weights = times * np.roll(times, -offset, axis=1)
            pairs += weights.sum(axis=1)
            followed += weights @ passed
        with np.errstate(invalid="ignore", divide="ignore"):
            accuracy = times @ self.own / times.sum(axis=1)
            chance = followed / pairs
            score: FloatArray = np.where(chance < 1, (accuracy - chance) / (1 - chance), np.nan)
        return score


def exchange(texts: Sequence[str], checks: Sequence[Sequence[InstructionCheck]]) -> Exchange:
    """Return which texts follow the instructions of which prompts, for at most `EXCHANGES` texts a prompt.

    Args:
        texts: text of each prompt, shape (n,).
        checks: checks of each prompt, shape (n,).
    """
    n = len(texts)
    offsets = range(min(n - 1, EXCHANGES) + 1)
    passed = np.array(
        [[follows_all(texts[(at + offset) % n], checks[at]) for at in range(n)] for offset in offsets], dtype=np.bool_
    ).reshape(-1, n)
    return Exchange(passed[0], passed[1:])


def score(passed: Exchange) -> Estimate:
    """Return the score of `Exchange.score`, with an interval from resampled prompts.

    *Not measured* for fewer than two prompts, and where the text of any prompt follows the instructions of all others.
    """
    n = len(passed.own)
    if n == 1:
        return Estimate.not_measured("chance is estimated from the texts of other prompts: 2 prompts at least", n=1)
    if passed.others.all():
        return Estimate.not_measured("every text follows the instructions of every other prompt: they ask nothing", n=n)
    return bootstrap_of_times(passed.score, n)


def follows_all(text: str, checks: Sequence[InstructionCheck]) -> bool:
    """Return whether a text follows every instruction of a prompt."""
    return all(check.is_followed(text) for check in checks)


def loose_forms(text: str) -> list[str]:
    """Return a text and its forms without its first line, its last line, both, and Markdown's asterisks.

    As the loose accuracy of IFEval (Zhou et al. 2023): an introduction, such as "Sure, here it is:", is forgiven.
    """
    lines = text.split("\n")
    parts = ("\n".join(lines[start:end]).strip() for start, end in product((0, 1), (len(lines), -1)))
    return [form for part in parts for form in (part, part.replace("*", ""))]
