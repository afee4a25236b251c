"""Importance of levers: the share of the variance of an axis that each explains."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    import optuna

FEWEST_TRIALS = 20
SHUFFLES = 8
"""Permutations of the utilities, for the importance by chance."""
_USUAL = 0.95
_TREES, _DEPTH = 16, 8


@dataclass(frozen=True, slots=True)
class Importances:
    """Importance of all searched levers for one axis; empty, with the reason, where it is unknown.

    Attributes:
        shares: of the variance that is explained, by lever, the largest first; they sum to 1.
        chance: 95th percentile of the importance of levers without effect.
        trials: complete ones.
        reason: why there are none.
    """

    shares: Mapping[str, float]
    chance: float
    trials: int
    reason: str = ""

    def exceeds_chance(self, lever: str) -> bool:
        """Return whether the importance of a lever exceeds chance."""
        return self.shares.get(lever, 0.0) > self.chance


def importances(study: StoredStudy, *, shuffles: int = SHUFFLES) -> dict[Axis, Importances]:
    """Estimate the importance of every searched lever for each axis of the complete trials.

    Functional ANOVA of a random forest (Hutter, Hoos & Leyton-Brown 2014) as Optuna has it, of the ranks of the
    trials' utilities: the share of the variance that a lever explains by itself. It says what matters, not in which
    direction, nor against what: `studies.effects` does. PED-ANOVA, Optuna's own choice, takes levers that are at
    one value in half of the trials for important ones at random. Withheld below `FEWEST_TRIALS` trials.

    Args:
        study: the study.
        shuffles: how often chance is drawn; with 0 nothing is known of it, and it is 0.
    """
    by_chance: dict[int, float] = {}
    return {axis: _importances(study, axis, shuffles, by_chance) for axis in Axis if _measured(study, axis)}


def _measured(study: StoredStudy, axis: Axis) -> list[TrialRecord]:
    """Return the complete trials that were measured on an axis."""
    scored = study.searched
    return [each for each in study.complete if each.number in scored and axis in scored[each.number].axes]


def _importances(study: StoredStudy, axis: Axis, shuffles: int, by_chance: dict[int, float]) -> Importances:
    from scipy.stats import rankdata  # noqa: PLC0415 - slow to import

    trials = _measured(study, axis)
    utilities = np.array([study.searched[each.number].axes[axis].value for each in trials])
    n = len(trials)
    if n < FEWEST_TRIALS:
        count = f"{n} complete trial{'' if n == 1 else 's'}"
        return Importances({}, 0.0, n, f"{count}; importance needs {FEWEST_TRIALS}")
    if np.ptp(utilities) < 1e-12:  # noqa: PLR2004 - rounding
        return Importances({}, 0.0, n, f"all {n} complete trials have the same utility")
    optuna_study = _optuna_study(study, trials)
    shares = _shares(optuna_study, np.asarray(rankdata(utilities), dtype=np.float64))
    if n not in by_chance:  # ranks of as many trials: the same for every axis, and the most of the work
        by_chance[n] = _by_chance(optuna_study, n, shuffles, study.definition.seed)
    return Importances(dict(sorted(shares.items(), key=lambda each: (-each[1], each[0]))), by_chance[n], n)


def _by_chance(study: "optuna.Study", trials: int, shuffles: int, seed: int) -> float:
    """Return the 95th percentile of importance where the utilities are independent of the levers."""
    rng = np.random.default_rng(seed)
    drawn = [
        share for _ in range(shuffles) for share in _shares(study, rng.permutation(trials).astype(np.float64)).values()
    ]
    return float(np.quantile(drawn, _USUAL)) if drawn else 0.0


def _optuna_study(study: StoredStudy, trials: Sequence[TrialRecord]) -> "optuna.Study":
    """Build an Optuna study of the trials in memory."""
    import optuna  # noqa: PLC0415 - slow to import

    searched = study.definition.point_space.searched
    ranges = {name: values.distribution() for name, values in searched.items()}
    with _quiet():
        optuna_study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
    for each in trials:
        parameters = {name: each.parameters[name] for name in ranges}
        optuna_study.add_trial(optuna.trial.create_trial(params=parameters, distributions=ranges, value=0.0))
    return optuna_study


def _shares(study: "optuna.Study", values: FloatArray) -> dict[str, float]:
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances  # noqa: PLC0415 - slow to import

    with _quiet():
        shares = get_param_importances(
            study,
            evaluator=FanovaImportanceEvaluator(n_trees=_TREES, max_depth=_DEPTH, seed=0),
            target=lambda trial: float(values[trial.number]),
        )
    return {name: float(share) for name, share in shares.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Optuna's log and its warnings on levers that never varied."""
    import optuna  # noqa: PLC0415 - slow to import

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
