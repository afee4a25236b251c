"""Samplers: which one `auto` stands for."""

from datetime import timedelta

import optuna
import pytest

from leaderboard.store.records import TrialRecord
from leaderboard.studies.names import SamplerName
from leaderboard.studies.samplers import RANDOM_FIRST, chosen, name_in_optuna
from tests.synthetic.records import NOON, running_trial, trial_record


def begun(seconds: float, count: int = RANDOM_FIRST) -> list[TrialRecord]:
    """Trial 0, which took an hour, and as many others after it."""
    ends = [3600.0, *[seconds] * count]
    return [trial_record(number, ended_at=NOON + timedelta(seconds=end)) for number, end in enumerate(ends)]


@pytest.mark.parametrize(
    ("seconds", "objectives", "constraints", "planned", "expected"),
    [
        (3.0, 1, 0, 100, SamplerName.GP),
        (2.9, 1, 0, 100, SamplerName.TPE),
        (15.0, 1, 4, 60, SamplerName.GP),
        (14.0, 1, 4, 60, SamplerName.TPE),
        (60.0, 3, 0, 101, SamplerName.TPE),
        (60.0, 4, 0, 50, SamplerName.TPE),
    ],
)
def test_a_gaussian_process_is_chosen_where_it_pays(
    seconds: float, objectives: int, constraints: int, planned: int, expected: SamplerName
) -> None:
    name = chosen(SamplerName.AUTO, begun(seconds), objectives=objectives, constraints=constraints, planned=planned)
    assert name is expected


def test_it_is_told_once_the_random_points_were_tried() -> None:
    few = begun(60.0, RANDOM_FIRST - 1)
    shared = trial_record(50, parent=3, ended_at=NOON + timedelta(seconds=1))
    for trials in ([], few, [*few, running_trial(40)], [*few, shared]):
        assert chosen(SamplerName.AUTO, trials, objectives=1, constraints=0, planned=50) is None


def test_what_was_asked_for_is_taken_at_once() -> None:
    assert chosen(SamplerName.NSGA2, [], objectives=1, constraints=0, planned=50) is SamplerName.NSGA2


def test_a_study_has_the_name_in_optuna_that_it_was_created_with():
    storage = optuna.storages.InMemoryStorage()
    for name in ("red\x1b[31m", "plain"):
        optuna.create_study(storage=storage, study_name=name)
    assert name_in_optuna(storage, "red\ufffd[31m") == "red\x1b[31m"
    assert name_in_optuna(storage, "plain") == "plain"
    assert name_in_optuna(storage, "new") == "new"
