"""Random startup points of a search, with few mitigations on at a time.

A point whose every lever is drawn at random has about half of all mitigations on. Each costs a little of what the model
does well, so nearly all such points are worse than trial 0 by the sum, and teach but dimly which lever does what. With
few on at a time they stay near what works. Numbers that have no off (a penalty, a layer) are drawn all the same.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.samplers import RandomSampler

from leaderboard.mitigations.ranges import Choice, Range, Real, Value, Whole
from leaderboard.studies.space import Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

ON = 0.25
"""Probability that a mitigation is on."""
_MOST_DRAWS = 1000
"""Maximum draws of one value: a file may narrow a mitigation to choices that all leave it off."""


class FirstPoints(RandomSampler):
    """Sampler that turns each mitigation on with probability `ON`, and draws every other lever at random."""

    def __init__(self, space: Space, seed: int) -> None:
        """Find the levers that can be off.

        Args:
            space: of the search.
            seed: of the draws.
        """
        super().__init__(seed)
        self._coin = np.random.default_rng(seed)
        self._off = {name: off for name, off in space.off.items() if _can_be_off(space.searched[name], off)}

    def sample_independent(
        self, study: "Study", trial: "FrozenTrial", param_name: str, param_distribution: "BaseDistribution"
    ) -> Any:
        """Draw a value; redraw until it is on or off as the coin decided (see `optuna.samplers.BaseSampler`)."""
        on = self._coin.random() < ON
        for _ in range(_MOST_DRAWS):
            drawn = super().sample_independent(study, trial, param_name, param_distribution)
            if param_name not in self._off or _is_off(drawn, self._off[param_name]) is not on:
                break
        return drawn


def _can_be_off(values: Range, off: Value) -> bool:
    """Return whether a lever can be off: half of its range is, or one of its choices."""
    if isinstance(values, Real | Whole):
        return values.half_off
    return isinstance(values, Choice) and (off is False or off == "none")


def _is_off(drawn: Value, off: Value) -> bool:
    """Return whether a value leaves a lever off: for numbers, all values up to the off value."""
    if isinstance(drawn, str | bool) or isinstance(off, str | bool):
        return drawn == off
    return drawn <= off
