"""Finalists: the front and trial 0, scored once on what the search never saw."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import LeaderboardError
from leaderboard.recipes.choosing import parse
from leaderboard.stats.estimate import Status
from leaderboard.store.records import StudyMode, TrialRecord
from leaderboard.store.repository import Store
from leaderboard.store.studies import mark_finalists
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from leaderboard.studies.bench import Bench


RUNNERS_UP = 2
"""Scored beside the best where constraints must hold."""


def finalists(found: StoredStudy) -> list[TrialRecord]:
    """Trial 0, and the trials of the front, those with the least losses first where they are too many.

    Where nothing is feasible, the nearest miss: its held-out score says how near. Behind a single best under
    constraints stand its `runners_up`.
    """
    chosen = list(found.front) or [each for each in [found.nearest_miss] if each]
    kept = sorted(chosen, key=lambda each: (sum(each.losses), each.number))[: found.definition.finalists]
    first = [found.baseline] if found.baseline else []
    return list({each.number: each for each in [*first, *kept, *runners_up(found)]}.values())


def runners_up(found: StoredStudy) -> list[TrialRecord]:
    """Trials that give up some of the best one's loss to keep the constraints more surely; none on a front.

    The best of many often stands just inside a constraint by luck, and breaks it on other data. Each runner-up is the
    best of those at most half as likely to break one as the trial before it, and better than trial 0.
    """
    if found.record.mode is StudyMode.PARETO or not found.goal.conditions:
        return []
    chosen: list[TrialRecord] = []
    risk: float | None = None
    for each in found.by_loss:
        if each == found.baseline or len(chosen) > RUNNERS_UP:
            break
        broken = 1 - found.searched[each.number].chance
        if risk is None or broken <= risk / 2:
            chosen.append(each)
            risk = broken
    return chosen[1:]


def score_finalists(
    store: Store, found: StoredStudy, bench: "Bench", run_id: int, telling: Callable[[TrialRecord], None]
) -> list[TrialRecord]:
    """Measure the finalists on all six axes, on what was held out, with the tasks' full parameters.

    What was scored before is not scored again. That a trial was chosen because it looked best on the search portion
    makes that score too good on average (selection); this one was not looked at.

    Args:
        store: that keeps them.
        found: the search at its end.
        bench: measures.
        run_id: that evaluations are noted under.
        telling: told before each finalist.

    Raises:
        LeaderboardError: when an evaluation fails.
    """
    chosen = finalists(found)
    for trial in chosen:
        telling(trial)
        settings = {name: value for name, value in trial.recipe.items() if name != "version"}
        recipe = parse(settings, where=f"trial {trial.number}")
        plans = bench.plans(recipe, Portion.HELD_OUT, found.definition.limit)
        for plan in plans:
            outcome = bench.measure(plan, run_id)
            if outcome.status is Status.FAILED:
                raise LeaderboardError(f"trial {trial.number} on {plan.task.name}: {outcome.reason}")
        bench.forget(plans[0])
    mark_finalists(store, found.name, [each.number for each in chosen])
    return chosen


def selection_effect(found: StoredStudy, number: int) -> dict[Axis, float]:
    """How much better a finalist looked on the search portion than on what was held out: utility by axis."""
    searched, held_out = found.searched[number].axes, found.held_out[number].axes
    return {axis: searched[axis].value - held_out[axis].value for axis in Axis if axis in searched and axis in held_out}
