"""Optuna samplers, and the Optuna study in the store."""

import statistics
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.store.column_types import shown_line
from leaderboard.store.records import TrialRecord
from leaderboard.store.repository import Store
from leaderboard.studies.names import SamplerName

if TYPE_CHECKING:
    import optuna
    from optuna.samplers import BaseSampler
    from optuna.storages import BaseStorage

MOST_OBJECTIVES_OF_GP = 3
MOST_TRIALS_OF_GP = 100
"""A Gaussian process takes time cubic in the number of trials."""
WORTH_A_GP_S = 3.0
"""Shortest trial in seconds, for each modelled quantity, that makes up for the second that a proposal takes."""
RANDOM_FIRST = 10
"""Points that every sampler draws at random before it models anything; how long they took decides."""
_HEARTBEAT_S = 30
_GRACE_S = 120
PROCESS = "process"
"""User attribute of a trial: the process that runs it."""


def chosen(
    requested: SamplerName, trials: Sequence[TrialRecord], *, objectives: int, constraints: int, planned: int
) -> SamplerName | None:
    """Choose the sampler of `auto` by measurements on flat spaces; None until the trials suffice.

    A Gaussian process at 50 trials beats a tree-structured Parzen estimator at 100, where there are few objectives and
    trials; it takes about a second to propose a point for each objective and constraint. What a trial takes is the
    median of those at the beginning, whose points are random anyway. Trial 0 is no guide: it reads everything for the
    first time.

    Args:
        requested: Name of a sampler.
        trials: of the study so far.
        objectives: of the search.
        constraints: of the search.
        planned: Planned number of trials.
    """
    if requested is not SamplerName.AUTO:
        return requested
    if objectives > MOST_OBJECTIVES_OF_GP or planned > MOST_TRIALS_OF_GP:
        return SamplerName.TPE
    first = [
        (each.ended_at - each.started_at).total_seconds()
        for each in sorted(trials, key=lambda each: each.number)
        if each.number and each.parent is None and each.ended_at is not None
    ][:RANDOM_FIRST]
    if len(first) < RANDOM_FIRST:
        return None
    worth = statistics.median(first) >= WORTH_A_GP_S * (objectives + constraints)
    return SamplerName.GP if worth else SamplerName.TPE


def sampler(name: SamplerName, seed: int) -> "BaseSampler":
    """Return Optuna's sampler of that name, for a flat space."""
    import optuna  # noqa: PLC0415 - slow to import

    match name:
        case SamplerName.GP:
            return optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False)
        case SamplerName.NSGA2:
            return optuna.samplers.NSGAIISampler(seed=seed, population_size=20)
        case SamplerName.RANDOM:
            return optuna.samplers.RandomSampler(seed=seed)
        case _:
            # multivariate and grouped sampling was worse than random on a flat space
            return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def open_study(store: Store, name: str, objectives: int, by: "BaseSampler | None" = None) -> "optuna.Study":
    """Open the Optuna study in the same database, creating it where there is none.

    Args:
        store: whose database.
        name: of the study.
        objectives: that are minimised.
        by: Sampler.
    """
    import optuna  # noqa: PLC0415 - slow to import

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    options: dict[str, Any] = {"connect_args": {"timeout": 30}} if store.url.startswith("sqlite") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # heartbeats
        storage = optuna.storages.RDBStorage(
            store.url,
            engine_kwargs=options,
            heartbeat_interval=_HEARTBEAT_S,
            grace_period=_GRACE_S,
            heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(max_retry=1),
        )
    return optuna.create_study(
        storage=storage,
        study_name=name_in_optuna(storage, name),
        directions=["minimize"] * objectives,
        sampler=by,
        load_if_exists=True,
    )


def name_in_optuna(storage: "str | BaseStorage", name: str) -> str:
    """Return the name of a study in Optuna's tables, which keep control characters that are never shown."""
    import optuna  # noqa: PLC0415 - slow to import

    names = optuna.get_all_study_names(storage=storage)
    return name if name in names else next((each for each in names if shown_line(each) == name), name)
