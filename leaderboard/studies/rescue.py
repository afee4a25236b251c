"""Rescue: trials whose process was killed are noted as lost, and tried once more."""

from dataclasses import replace
from typing import TYPE_CHECKING

from leaderboard.clock import now_after
from leaderboard.store.processes import is_gone
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
"""The user attribute of a trial that says which one it tries again."""


def rescue(store: Store, name: str, study: "optuna.Study") -> list[int]:
    """Give back what dead processes of this machine were at work on. Those elsewhere are found by their heartbeats.

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
        if PROCESS in each.user_attrs and is_gone(each.user_attrs[PROCESS])
    ]
    running = {each.number: each for each in trials(store, name) if each.state is TrialState.RUNNING}
    again = {}
    for trial in lost:
        study.tell(trial.number, state=OptunaState.FAIL)
        again[trial.number] = _try_again(study, trial)
    failed = {each.number for each in study.get_trials(deepcopy=False, states=(OptunaState.FAIL,))}
    for number in sorted(failed & running.keys()):
        # What is not ours was taken over by its heartbeats, which Optuna watches, and is tried again.
        write_trial(store, name, _lost(running[number], again=again.get(number, True)))
    return sorted(again)


def is_waiting(study: "optuna.Study") -> bool:
    """Whether a point waits to be tried: a variant, or a trial whose process was killed."""
    from optuna.trial import TrialState as OptunaState  # noqa: PLC0415 - slow to import

    return bool(study.get_trials(deepcopy=False, states=(OptunaState.WAITING,)))


def _try_again(study: "optuna.Study", trial: "FrozenTrial") -> bool:
    """Put the point in front of the queue, once."""
    if RETRY in trial.user_attrs or not trial.params:
        return False
    kept = {PARENT: trial.user_attrs[PARENT]} if PARENT in trial.user_attrs else {}
    study.enqueue_trial(trial.params, user_attrs={**kept, RETRY: trial.number})
    return True


def _lost(record: TrialRecord, *, again: bool) -> TrialRecord:
    twice = "its process was killed twice: it may need too much memory"
    reason = f"its process was killed; {AGAIN}" if again else twice
    return replace(record, state=TrialState.FAILED, reason=reason, ended_at=now_after(record.started_at))
