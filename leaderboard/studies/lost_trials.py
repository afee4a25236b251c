"""Lost trials: trials whose process was killed are recorded as failed and retried once."""

from dataclasses import replace
from typing import TYPE_CHECKING

from leaderboard.clock import now_after
from leaderboard.store.process_ids import has_ended
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.studies import trials, write_trial
from leaderboard.studies.budget import AGAIN
from leaderboard.studies.samplers import PROCESS
from leaderboard.studies.variants import PARENT

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

RETRY = "retry_of"
"""User attribute of a retried trial: number of the lost trial."""


def recover_lost_trials(store: Store, name: str, study: "optuna.Study") -> list[int]:
    """Fail and requeue the trials of dead processes of this machine; those elsewhere are detected by heartbeats.

    A trial that kills its process twice, for want of memory perhaps, has failed.

    Args:
        store: that keeps the study.
        name: of the study.
        study: of Optuna.

    Returns:
        Numbers of the lost trials.
    """
    from optuna.trial import TrialState as OptunaState  # noqa: PLC0415 - slow to import

    lost = [
        each
        for each in study.get_trials(deepcopy=False, states=(OptunaState.RUNNING,))
        if PROCESS in each.user_attrs and has_ended(each.user_attrs[PROCESS])
    ]
    running = {each.number: each for each in trials(store, name) if each.state is TrialState.RUNNING}
    retried = {}
    for trial in lost:
        study.tell(trial.number, state=OptunaState.FAIL)
        retried[trial.number] = _try_again(study, trial)
    failed = {each.number for each in study.get_trials(deepcopy=False, states=(OptunaState.FAIL,))}
    for number in sorted(failed & running.keys()):
        # Optuna detects trials of other machines by their heartbeats and retries them.
        write_trial(store, name, _lost(running[number], retried=retried.get(number, True)))
    return sorted(retried)


def is_waiting(study: "optuna.Study") -> bool:
    """Return whether a point is queued: a variant, or a trial whose process was killed."""
    from optuna.trial import TrialState as OptunaState  # noqa: PLC0415 - slow to import

    return bool(study.get_trials(deepcopy=False, states=(OptunaState.WAITING,)))


def _try_again(study: "optuna.Study", trial: "FrozenTrial") -> bool:
    """Requeue the point of a lost trial, once."""
    if RETRY in trial.user_attrs or not trial.params:
        return False
    attributes = {PARENT: trial.user_attrs[PARENT]} if PARENT in trial.user_attrs else {}
    study.enqueue_trial(trial.params, user_attrs={**attributes, RETRY: trial.number})
    return True


def _lost(record: TrialRecord, *, retried: bool) -> TrialRecord:
    twice = "its process was killed twice: it may need too much memory"
    reason = f"its process was killed; {AGAIN}" if retried else twice
    return replace(record, state=TrialState.FAILED, reason=reason, ended_at=now_after(record.started_at))
