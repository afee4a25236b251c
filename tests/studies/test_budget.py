"""Budgets: how many trials, how long, and when nothing is gained any more."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.studies.budget import AGAIN, Budget

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def trial(number: int, *losses: float, state: TrialState = TrialState.COMPLETE, **changes: Any) -> TrialRecord:
    return TrialRecord(number=number, state=state, losses=losses, started_at=NOW, **changes)


def test_variants_and_lost_trials_do_not_count() -> None:
    lost = trial(2, state=TrialState.FAILED, reason=f"its process was killed; {AGAIN}")
    trials = [trial(0, 0.5), trial(1, 0.5, parent=0), lost, trial(3, 0.5)]
    assert Budget(2).spent(trials, 0.0)
    assert not Budget(3).spent(trials, 0.0)


def test_a_trial_that_runs_or_failed_counts() -> None:
    trials = [trial(0, 0.5), trial(1, state=TrialState.RUNNING), trial(2, state=TrialState.FAILED, reason="diverged")]
    assert Budget(3).spent(trials, 0.0)


def test_the_deadline_ends_it() -> None:
    assert Budget(10, deadline=5.0).spent([], 5.0)
    assert not Budget(10, deadline=5.0).spent([], 4.9)


@pytest.mark.parametrize(("last", "idle"), [(0.5, True), (0.498, True), (0.4, False)])
def test_it_ends_when_the_best_loss_stands_still(last: float, *, idle: bool) -> None:
    trials = [trial(0, 0.5), trial(1, 0.6), trial(2, last)]
    assert Budget(10, patience=2).spent(trials, 0.0) is idle


def test_it_ends_when_the_hypervolume_stands_still() -> None:
    still = [trial(0, 0.5, 0.5), trial(1, 0.6, 0.6), trial(2, 0.7, 0.5)]
    assert Budget(10, patience=2, reference=(1.0, 1.0)).spent(still, 0.0)
    growing = [*still[:2], trial(2, 0.2, 0.8)]
    assert not Budget(10, patience=2, reference=(1.0, 1.0)).spent(growing, 0.0)


def test_infeasible_trials_are_no_gain() -> None:
    trials = [trial(0, 0.5), trial(1, 0.1, violations={"accuracy >= 0.9": 0.2}), trial(2, 0.5)]
    assert Budget(10, patience=2).spent(trials, 0.0)
