"""Budget: when a search has tried enough."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.ranking.pareto import hypervolume
from leaderboard.store.records import TrialRecord, TrialState

LITTLE = 0.01
"""Share of the hypervolume, or of the best loss, that is no gain any more."""


@dataclass(frozen=True)
class Budget:
    """When to stop.

    Attributes:
        trials: that are proposed in all, trial 0 among them; variants of a training come on top.
        deadline: by `time.monotonic`, which the processes of one machine share; infinity for none.
        patience: trials without a gain after which the search ends; 0 never ends it.
        reference: that hypervolume is measured from; empty where there is one objective.
    """

    trials: int
    deadline: float = math.inf
    patience: int = 0
    reference: tuple[float, ...] = ()

    def spent(self, seen: Sequence[TrialRecord], now: float) -> bool:
        """Whether nothing more is to be tried.

        A trial whose process was killed, and that is tried again under another number, counts once.

        Args:
            seen: the trials so far; those that run count.
            now: by `time.monotonic`.
        """
        proposed = sum(each.parent is None and not is_lost(each) for each in seen)
        return now >= self.deadline or proposed >= self.trials or self._idle(seen)

    def _idle(self, seen: Sequence[TrialRecord]) -> bool:
        ended = [each for each in seen if each.parent is None and each.state is not TrialState.RUNNING]
        if not self.patience or len(ended) <= self.patience:
            return False
        return self._worth(ended) - self._worth(ended[: -self.patience]) <= LITTLE * abs(self._worth(ended))

    def _worth(self, ended: Sequence[TrialRecord]) -> float:
        """What trials found, larger is better: hypervolume, or the best loss, negative; 0 where none is feasible."""
        losses = [each.losses for each in ended if each.feasible]
        if not losses:
            return 0.0
        return hypervolume(losses, self.reference) if self.reference else -min(each[0] for each in losses)


AGAIN = "it is tried again"
"""Stands in the reason of a trial that was cut short by what is not its fault."""


def is_lost(trial: TrialRecord) -> bool:
    """Whether a trial was cut short and is tried again under another number."""
    return trial.state is TrialState.FAILED and AGAIN in trial.reason
