"""Finalists: the front and trial 0, scored once on held-out data."""

from typing import TYPE_CHECKING

from leaderboard.axes.axis import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import LeaderboardError
from leaderboard.recipes.choosing import stored_recipe
from leaderboard.stats.estimate import Status
from leaderboard.store.records import StudyMode, TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import mark_finalists
from leaderboard.studies.events import FinalistStarted, SearchListener
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from leaderboard.studies.evaluator import SubjectEvaluator


RUNNERS_UP = 2
"""Number of runners-up of the best trial under constraints."""


def finalists(study: StoredStudy) -> list[TrialRecord]:
    """Return trial 0 and the trials of the front, the least losses first where they are too many.

    Where nothing is feasible, the nearest miss: its held-out score says how near. Behind a single best under
    constraints stand its `runners_up`.
    """
    chosen = list(study.front) or [each for each in [study.nearest_miss] if each]
    kept = sorted(chosen, key=lambda each: (sum(each.losses), each.number))[: study.definition.finalists]
    first = [study.baseline] if study.baseline else []
    return list({each.number: each for each in [*first, *kept, *runners_up(study)]}.values())


def runners_up(study: StoredStudy) -> list[TrialRecord]:
    """Return trials with a larger loss than the best that keep the constraints more surely; none of a Pareto search.

    The best of many often stands just inside a constraint by luck, and breaks it on other data. Each runner-up is the
    best of those at most half as likely to break one as the trial before it, and better than trial 0.
    """
    if study.record.mode is StudyMode.PARETO or not study.goal.conditions:
        return []
    chosen: list[TrialRecord] = []
    risk: float | None = None
    for each in study.by_loss:
        if each == study.baseline or len(chosen) > RUNNERS_UP:
            break
        broken = 1 - study.searched[each.number].chance
        if risk is None or broken <= risk / 2:
            chosen.append(each)
            risk = broken
    return chosen[1:]


def score_finalists(
    store: Store, study: StoredStudy, evaluator: "SubjectEvaluator", run_id: int, listener: SearchListener
) -> list[TrialRecord]:
    """Measure the finalists on all six axes, on held-out data, with the tasks' full parameters.

    Finalists that are scored already are not scored again. The score on the search portion is optimistic, since the
    trial was selected by it; the held-out score is not.

    Args:
        store: that keeps them.
        study: the search at its end.
        evaluator: measures.
        run_id: that evaluations are noted under.
        listener: called before each finalist.

    Raises:
        LeaderboardError: when an evaluation fails.
    """
    chosen = finalists(study)
    for trial in chosen:
        listener(FinalistStarted(trial))
        recipe = stored_recipe(trial.recipe, where=f"trial {trial.number}")
        plans = evaluator.plans(recipe, Portion.HELD_OUT, study.definition.limit)
        for plan in plans:
            outcome = evaluator.measure(plan, run_id)
            if outcome.status is Status.FAILED:
                raise LeaderboardError(f"trial {trial.number} on {plan.task.name}: {outcome.reason}")
        evaluator.forget(plans[0])
    mark_finalists(store, study.name, [each.number for each in chosen])
    return chosen


def selection_effect(study: StoredStudy, number: int) -> dict[Axis, float]:
    """Return the optimism of selection: utility on the search portion minus utility on held-out data, by axis."""
    searched, held_out = study.searched[number].axes, study.held_out[number].axes
    return {axis: searched[axis].value - held_out[axis].value for axis in Axis if axis in searched and axis in held_out}
