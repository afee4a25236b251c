"""Importance: how much of what an axis varied by hangs on each lever."""

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
SHUFFLES = 8
"""Of the utilities, for what chance gives: each tells a share of every lever."""
_USUAL = 0.95
_TREES, _DEPTH = 16, 8
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Importances:
    """Of all searched levers for one axis; none, with the reason, where it is not known.

    Attributes:
        shares: of the variance that is explained, by lever, the largest first; they sum to 1.
        chance: what 95 % of levers that play no part stay below.
        trials: complete ones.
        reason: why there are none.
    """

    shares: Mapping[str, float]
    chance: float
    trials: int
    reason: str = ""

    def told(self, lever: str) -> bool:
        """Whether a lever has more than chance gives."""
        return self.shares.get(lever, 0.0) > self.chance


def importances(found: StoredStudy, *, shuffles: int = SHUFFLES) -> dict[Axis, Importances]:
    """The importance of every searched lever for each axis that a complete trial was measured on.

    Functional ANOVA of a random forest (Hutter, Hoos & Leyton-Brown 2014) as Optuna has it, of the ranks of the
    trials' utilities: the share of the variance that a lever explains by itself. It says what matters, not in which
    direction, nor against what: `studies.effects` does. PED-ANOVA, Optuna's own choice, takes levers that are at
    one value in half of the trials for important ones at random. Withheld below `FEWEST_TRIALS` trials.

    Args:
        found: the study.
        shuffles: how often chance is drawn; with 0 nothing is known of it, and it is 0.
    """
    by_chance: dict[int, float] = {}
    return {axis: _on(found, axis, shuffles, by_chance) for axis in Axis if _measured(found, axis)}


def _measured(found: StoredStudy, axis: Axis) -> list[TrialRecord]:
    """The complete trials that were measured on an axis."""
    scored = found.searched
    return [each for each in found.complete if each.number in scored and axis in scored[each.number].axes]


def _on(found: StoredStudy, axis: Axis, shuffles: int, by_chance: dict[int, float]) -> Importances:
    from scipy.stats import rankdata  # noqa: PLC0415 - slow to import

    trials = _measured(found, axis)
    utilities = np.array([found.searched[each.number].axes[axis].value for each in trials])
    n = len(trials)
    if n < FEWEST_TRIALS:
        few = f"{n} complete trial{'' if n == 1 else 's'}"
        return Importances({}, 0.0, n, f"{few} cannot tell what matters; it takes {FEWEST_TRIALS}")
    if np.ptp(utilities) < 1e-12:  # noqa: PLR2004 - rounding
        return Importances({}, 0.0, n, f"all {n} complete trials have the same utility")
    study = _study(found, trials)
    shares = _shares(study, np.asarray(rankdata(utilities), dtype=np.float64))
    if n not in by_chance:  # ranks of as many trials: the same for every axis, and the most of the work
        by_chance[n] = _by_chance(study, n, shuffles, found.definition.seed)
    return Importances(dict(sorted(shares.items(), key=lambda each: (-each[1], each[0]))), by_chance[n], n)


def _by_chance(study: "optuna.Study", trials: int, shuffles: int, seed: int) -> float:
    """What a lever's share usually stays below where the utilities have nothing to do with the levers."""
    rng = np.random.default_rng(seed)
    drawn = [
        share for _ in range(shuffles) for share in _shares(study, rng.permutation(trials).astype(np.float64)).values()
    ]
    return float(np.quantile(drawn, _USUAL)) if drawn else 0.0


def _study(found: StoredStudy, trials: Sequence[TrialRecord]) -> "optuna.Study":
    """The trials as Optuna knows them, in memory."""
    import optuna  # noqa: PLC0415 - slow to import

    searched = found.definition.point_space.searched
    ranges = {name: values.distribution() for name, values in searched.items()}
    with _quiet():
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
    for each in trials:
        parameters = {name: each.parameters[name] for name in ranges}
        study.add_trial(optuna.trial.create_trial(params=parameters, distributions=ranges, value=0.0))
    return study


def _shares(study: "optuna.Study", values: FloatArray) -> dict[str, float]:
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances  # noqa: PLC0415 - slow to import

    with _quiet():
        found = get_param_importances(
            study,
            evaluator=FanovaImportanceEvaluator(n_trees=_TREES, max_depth=_DEPTH, seed=0),
            target=lambda trial: float(values[trial.number]),
        )
    return {name: float(share) for name, share in found.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's word on a study that lives in memory alone, and its warnings on levers that never varied."""
    import optuna  # noqa: PLC0415 - slow to import

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
