import pytest

from leaderboard.studies.finalists import finalists, runners_up
from tests.synthetic.searches import OFF, Scores, Tried

BOUND = "latency.p95 <= 20 ms"


def tried(c: float, accuracy: float, p95: float, held_out: float | None = None) -> Tried:
    """A trial by its 95th percentile in seconds, on both portions; intervals are 5 % of a value on either side."""
    beyond = None if held_out is None else Scores(accuracy, 0.2, held_out, 1.0)
    return Tried(c, 1, Scores(accuracy, 0.2, p95, 1.0), beyond)


def numbers(trials) -> list[int]:
    return [each.number for each in trials]


def test_runners_up_halve_the_risk_of_breaking_a_constraint_at_the_least_cost(study):
    """A standard error is 2.55 % of the value: 19.9, 19.7, 19.4 and 18 ms are .2, .6, 1.2 and 4.4 of them below 20."""
    stored = study(
        OFF,
        tried(0.1, 0.90, 0.0199),  # breaks the bound with probability .42
        tried(0.2, 0.89, 0.0197),  # .28: more than half as much
        tried(0.3, 0.88, 0.0194),  # .11
        tried(0.4, 0.87, 0.0194),  # as sure, and not as good
        tried(0.5, 0.86, 0.0180),  # less than .001
        tried(0.6, 0.85, 0.0100),  # surer still, but there are two already
        maximize="accuracy",
        subject_to=(BOUND,),
    )
    assert stored.searched[1].chance == pytest.approx(0.578, abs=0.002)
    assert numbers(runners_up(stored)) == [3, 5]
    assert numbers(finalists(stored)) == [0, 1, 3, 5]


def test_no_runner_up_is_worse_than_trial_0(study):
    stored = study(OFF, tried(0.1, 0.90, 0.0199), tried(0.2, 0.79, 0.0100), maximize="accuracy", subject_to=(BOUND,))
    assert numbers(runners_up(stored)) == []


@pytest.mark.parametrize("goal", [{"maximize": "accuracy"}, {"pareto": "accuracy,latency", "subject_to": (BOUND,)}])
def test_without_constraints_or_on_a_front_there_are_none(study, goal):
    stored = study(OFF, tried(0.1, 0.90, 0.0199), tried(0.2, 0.89, 0.0100), **goal)
    assert runners_up(stored) == []


def test_the_best_gives_way_to_a_finalist_that_keeps_the_constraints_on_what_was_held_out(study):
    stored = study(
        OFF,
        tried(0.1, 0.90, 0.0199, 0.0201),
        tried(0.2, 0.88, 0.0194, 0.0195),
        tried(0.3, 0.86, 0.0180, 0.0180),
        maximize="accuracy",
        subject_to=(BOUND,),
    )
    assert stored.leading is stored.trials[1]
    assert stored.best is stored.trials[2]


def test_where_every_finalist_breaks_one_the_leading_trial_stays_the_best(study):
    stored = study(
        OFF,
        tried(0.1, 0.90, 0.0199, 0.0201),
        tried(0.2, 0.88, 0.0194, 0.0202),
        maximize="accuracy",
        subject_to=(BOUND,),
    )
    assert stored.best is stored.leading is stored.trials[1]
