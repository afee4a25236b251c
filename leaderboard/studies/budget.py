"""The budget of a search: trials, time and patience."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.ranking.pareto import hypervolume
from leaderboard.store.records import TrialRecord, TrialState

LITTLE = 0.01
"""Relative gain of hypervolume or of the best loss that counts as none."""


@dataclass(frozen=True)
class Budget:
    """Stopping rule of a search.

    Attributes:
        trials: Total number of proposed trials, trial 0 included; variants of a training are not counted.
        deadline: by `time.monotonic`, which the processes of one machine share; infinity for none.
        patience: trials without a gain after which the search ends; 0 never ends it.
        reference: Reference point of the hypervolume; empty where there is one objective.
    """

    trials: int
    deadline: float = math.inf
    patience: int = 0
    reference: tuple[float, ...] = ()

    def spent(self, trials: Sequence[TrialRecord], now: float) -> bool:
        """Return whether the budget is spent.

        A trial whose process was killed, and that is retried under another number, counts once.

        Args:
            trials: the trials so far; those that run count.
            now: by `time.monotonic`.
        """
        proposed = sum(each.parent is None and not is_lost(each) for each in trials)
        return now >= self.deadline or proposed >= self.trials or self._without_gain(trials)

    def _without_gain(self, trials: Sequence[TrialRecord]) -> bool:
        ended = [each for each in trials if each.parent is None and each.state is not TrialState.RUNNING]
        if not self.patience or len(ended) <= self.patience:
            return False
        return self._gain(ended) - self._gain(ended[: -self.patience]) <= LITTLE * abs(self._gain(ended))

    def _gain(self, ended: Sequence[TrialRecord]) -> float:
        """Return hypervolume, or the negative best loss; larger is better, 0 where no trial is feasible."""
        losses = [each.losses for each in ended if each.feasible]
        if not losses:
            return 0.0
        return hypervolume(losses, self.reference) if self.reference else -min(each[0] for each in losses)


AGAIN = "it is tried again"
"""Part of the reason of a trial that was interrupted and is retried."""


def is_lost(trial: TrialRecord) -> bool:
    """Return whether a trial was interrupted and is retried under another number."""
    return trial.state is TrialState.FAILED and AGAIN in trial.reason
