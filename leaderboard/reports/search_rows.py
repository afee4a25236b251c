"""Searches as plain rows: for programs, and for the tables of `reports.searched`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.dominance import probability_dominated
from leaderboard.ranking.terms import Term, value_of
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.store.studies import StudyOverview
from leaderboard.studies.finalists import selection_effect
from leaderboard.studies.space import Space
from leaderboard.studies.stored import Scored, StoredStudy

Row = dict[str, Any]
_PROBABILITY = re.compile(r" \(probability [\d.]+\)")


def turned(space: Space, trial: TrialRecord) -> dict[str, Any]:
    """The levers of a trial that make its recipe another one than if they were off.

    A flat space gives every lever a value; one that another turns off says nothing, and is not named.
    """
    off = space.off
    point = off | {name: value for name, value in trial.parameters.items() if name in off}
    differing = {name: value for name, value in point.items() if value != off[name]}
    try:
        made = space.recipe(point).details
        return {
            name: value for name, value in differing.items() if space.recipe(point | {name: off[name]}).details != made
        }
    except RequestError:  # it stands for no recipe, which is why it failed
        return differing


def overview_row(found: StudyOverview) -> Row:
    """One study, for a list of them."""
    study = found.study
    return {
        "study": study.name,
        "mode": study.mode.value,
        "model": study.model.source,
        "suite": study.definition.get("suite"),
        "terms": list(study.definition.get("terms", ())),
        "conditions": list(study.definition.get("conditions", ())),
        **{state.value: found.trials[state] for state in TrialState},
        "created_at": study.created_at,
    }


def study_json(found: StoredStudy) -> Row:
    """A study with its best trials, as JSON says it."""
    goal = found.goal
    shown = {each.number: each for each in [found.baseline, *found.front, found.nearest_miss] if each}
    return {
        "study": found.name,
        "model": found.record.model.source,
        "created_at": found.record.created_at.isoformat(timespec="seconds"),
        "definition": found.definition.model_dump(mode="json"),
        "objectives": list(goal.objectives),
        "trials": counts(found),
        "reasons": {state.value: dict(reasons(found, state)) for state in (TrialState.PRUNED, TrialState.FAILED)},
        "baseline": _number(found.baseline),
        "best": _number(found.best),
        "front": [each.number for each in found.front],
        "nearest_miss": _number(found.nearest_miss),
        "reference": list(goal.reference) if found.hypervolumes() else None,
        "hypervolumes": [{"trial": number, "hypervolume": volume} for number, volume in found.hypervolumes()],
        "shown": [trial_json(found, each) for _, each in sorted(shown.items())],
    }


def trial_json(found: StoredStudy, trial: TrialRecord) -> Row:
    """A trial with all that it scored, as JSON says it."""
    both = trial.number in found.searched and trial.number in found.held_out
    return {
        **trial_row(found, trial),
        "recipe": dict(trial.recipe),
        "subject": trial.subject,
        Portion.SEARCH.value: _scored_json(found.searched.get(trial.number)),
        Portion.HELD_OUT.value: _scored_json(found.held_out.get(trial.number)),
        "selection_effect": selection_effect(found, trial.number) if both else None,
        "dominates_baseline": {
            portion.value: dominance(found, trial, portion) for portion in (Portion.SEARCH, Portion.HELD_OUT)
        },
    }


def trial_row(found: StoredStudy, trial: TrialRecord) -> Row:
    """What a trial is and what became of it."""
    ended = trial.ended_at
    return {
        "trial": trial.number,
        "state": trial.state.value,
        "reason": trial.reason,
        "parent": trial.parent,
        "feasible": trial.feasible,
        "finalist": trial.finalist,
        "turned": turned(found.definition.point_space, trial),
        "parameters": dict(trial.parameters),
        "losses": dict(zip(found.goal.objectives, trial.losses, strict=False)),
        "violations": dict(trial.violations),
        "seconds": (ended - trial.started_at).total_seconds() if ended else None,
    }


def flat_row(found: StoredStudy, trial: TrialRecord) -> Row:
    """A trial in one row of plain columns: levers, losses, violations, and the utility of every axis."""
    row = trial_row(found, trial)
    nested = {name: row.pop(name) for name in ("turned", "parameters", "losses", "violations")}
    searched, held_out = found.searched.get(trial.number), found.held_out.get(trial.number)
    return {
        **row,
        "started_at": trial.started_at,
        "recipe": str(trial.recipe.get("recipe", "")),
        "subject": trial.subject,
        **{f"lever:{name}": nested["parameters"].get(name) for name in found.definition.point_space.searched},
        **{f"loss:{name}": nested["losses"].get(name) for name in found.goal.objectives},
        **{f"violation:{each.text}": nested["violations"].get(each.text) for each in found.goal.conditions},
        **_axes_columns("search", searched),
        **_axes_columns("held_out", held_out),
    }


def counts(found: StoredStudy) -> dict[str, int]:
    """How many trials there are, of each state, and how many of the complete ones are feasible."""
    states = Counter(each.state for each in found.trials)
    return {
        "all": len(found.trials),
        **{state.value: states[state] for state in TrialState},
        "feasible": len(found.feasible),
    }


def reasons(found: StoredStudy, state: TrialState, most: int = 3) -> list[tuple[str, int]]:
    """Why trials were pruned or failed, the commonest first."""
    told = (each.reason.partition("\n")[0] for each in found.trials if each.state is state)
    return Counter(_PROBABILITY.sub("", each) for each in told if each).most_common(most)


def dominance(found: StoredStudy, trial: TrialRecord, portion: Portion) -> float | None:
    """Probability that a trial dominates trial 0 on one portion; None where either was not scored there."""
    scored = found.searched if portion is Portion.SEARCH else found.held_out
    first = scored.get(found.baseline.number) if found.baseline else None
    own = scored.get(trial.number)
    if first is None or own is None or first.losses is None or own.losses is None or trial == found.baseline:
        return None
    return probability_dominated(first.losses, [own.losses], np.random.default_rng(found.definition.seed))


def value_in_unit(term: Term, scored: Scored | None) -> Estimate:
    """The value of a term in its own unit, that of an axis its utility."""
    if scored is None:
        return Estimate.not_measured("not scored there")
    if term.metric is not None:
        return value_of(term, scored.rows)
    utility = scored.axes.get(term.axis)
    if utility is None:
        return Estimate.not_measured(f"no task of the {term.axis} axis has a value")
    return Estimate.measured(utility.value, (utility.low, utility.high), n=1, method="utilities of the interval ends")


def excess(condition: Condition, scored: Scored | None, baseline: Scored | None) -> float | None:
    """By how much a condition is broken in the term's own unit; below 0 there is room, None is not known."""
    value = value_in_unit(condition.term, scored).value
    compared = value_in_unit(condition.term, baseline).value if condition.needs_baseline else None
    if value is None or (condition.needs_baseline and compared is None):
        return None
    bound = condition.bound.at(compared)
    return value - bound if condition.comparison.from_above else bound - value


def _number(trial: TrialRecord | None) -> int | None:
    return None if trial is None else trial.number


def _scored_json(scored: Scored | None) -> Row | None:
    if scored is None:
        return None
    losses: Sequence[Row] | None = None
    if scored.losses is not None:
        losses = [{"value": each.value, "low": each.low, "high": each.high} for each in scored.losses]
    axes = {axis.value: {"value": u.value, "low": u.low, "high": u.high} for axis, u in scored.axes.items()}
    return {"losses": losses, "axes": axes, "violations": dict(scored.violations), "feasible": scored.feasible}


def _axes_columns(portion: str, scored: Scored | None) -> Mapping[str, float | None]:
    utilities = {axis: scored.axes.get(axis) if scored else None for axis in Axis}
    return {
        f"{portion}:{axis}{end}": getattr(each, name) if each else None
        for axis, each in utilities.items()
        for end, name in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
