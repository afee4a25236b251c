"""Importance: how much of reaching the best quarter of an axis hangs on each lever."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leaderboard.axes.metric import Axis
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    import optuna

FEWEST_TRIALS = 20
"""A best quarter of five trials is the least that its distribution can be told from."""
_BEST = 0.25
_SHUFFLES = 19
"""A lever that plays no part lies above all of them once in twenty times."""


@dataclass(frozen=True, slots=True)
class Importance:
    """Of one lever for one axis.

    Attributes:
        lever: its name.
        share: of the importance of all levers together.
        chance: the largest share, on the same scale, that it had for 19 random quarters of the trials.
    """

    lever: str
    share: float
    chance: float

    @property
    def told(self) -> bool:
        """Whether it is more than chance gives."""
        return self.share > self.chance


@dataclass(frozen=True, slots=True)
class Importances:
    """Of all searched levers for one axis, the most important first; none, with the reason, where it is not known."""

    levers: tuple[Importance, ...] = ()
    trials: int = 0
    reason: str = ""


def importances(found: StoredStudy) -> dict[Axis, Importances]:
    """The importance of every searched lever for each axis that a complete trial was measured on.

    PED-ANOVA (Watanabe et al. 2023) as Optuna has it: how much the values of a lever in the best quarter differ from
    those in all complete trials, by Pearson divergence. It says what matters, not in which direction, nor against
    what: `studies.effects` does. Withheld below `FEWEST_TRIALS` trials.
    """
    axes = [axis for axis in Axis if any(axis in found.searched[each.number].axes for each in _known(found))]
    return {axis: _on(found, axis) for axis in axes}


def _known(found: StoredStudy) -> list[TrialRecord]:
    return [each for each in found.complete if each.number in found.searched]


def _on(found: StoredStudy, axis: Axis) -> Importances:
    trials = [each for each in _known(found) if axis in found.searched[each.number].axes]
    utilities = np.array([found.searched[each.number].axes[axis].value for each in trials])
    if len(trials) < FEWEST_TRIALS:
        reason = f"{len(trials)} complete trials are too few to tell what matters; it takes {FEWEST_TRIALS}"
        return Importances(trials=len(trials), reason=reason)
    if np.ptp(utilities) < 1e-12:  # noqa: PLR2004 - rounding
        return Importances(trials=len(trials), reason=f"all {len(trials)} complete trials have the same utility")
    study = _study(found, trials)
    shares = _divergences(study, utilities)
    whole = sum(shares.values())
    if not whole:
        return Importances(trials=len(trials), reason="the best quarter has the same settings as all trials")
    rng = np.random.default_rng(found.definition.seed)
    drawn = [_divergences(study, rng.permutation(utilities)) for _ in range(_SHUFFLES)]
    levers = [Importance(name, shares[name] / whole, max(each[name] for each in drawn) / whole) for name in shares]
    return Importances(tuple(sorted(levers, key=lambda each: (-each.share, each.lever))), len(trials))


def _study(found: StoredStudy, trials: Sequence[TrialRecord]) -> "optuna.Study":
    """The trials as Optuna knows them, in memory."""
    import optuna  # noqa: PLC0415 - slow to import

    searched = found.definition.point_space.searched
    ranges = {name: values.distribution() for name, values in searched.items()}
    study = optuna.create_study(storage=optuna.storages.InMemoryStorage(), sampler=optuna.samplers.RandomSampler(0))
    for each in trials:
        parameters = {name: each.parameters[name] for name in ranges}
        study.add_trial(optuna.trial.create_trial(params=parameters, distributions=ranges, value=0.0))
    return study


def _divergences(study: "optuna.Study", utilities: npt.NDArray[np.float64]) -> Mapping[str, float]:
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # noqa: PLC0415 - slow to import

    with _quiet():
        return get_param_importances(
            study,
            evaluator=PedAnovaImportanceEvaluator(target_quantile=_BEST),
            target=lambda trial: -float(utilities[trial.number]),  # the evaluator takes the least values for the best
            normalize=False,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's notes on a study that it makes, on `normalize`, and on what `target` means."""
    import optuna  # noqa: PLC0415 - slow to import

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
