"""Searches as plain rows, for programs and for the tables of `reports.search_tables`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.axes.axis import Axis
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
from leaderboard.studies.stored_study import StoredStudy, TrialScores

Row = dict[str, Any]
_PROBABILITY = re.compile(r" \(probability [\d.]+\)")


def turned(space: Space, trial: TrialRecord) -> dict[str, Any]:
    """Return the levers of a trial that change its recipe compared with having them off.

    A flat space gives every lever a value; one that another lever turns off has no effect and is not included.
    """
    off = space.off
    point = off | {name: value for name, value in trial.parameters.items() if name in off}
    differing = {name: value for name, value in point.items() if value != off[name]}
    try:
        details = space.recipe(point).details
        return {
            name: value
            for name, value in differing.items()
            if space.recipe(point | {name: off[name]}).details != details
        }
    except RequestError:  # it has no valid recipe, which is why it failed
        return differing


def overview_row(overview: StudyOverview) -> Row:
    """Return one study as a row of a list."""
    study = overview.study
    return {
        "study": study.name,
        "mode": study.mode.value,
        "model": study.model.source,
        "suite": study.definition.get("suite"),
        "terms": list(study.definition.get("terms", ())),
        "conditions": list(study.definition.get("conditions", ())),
        **{state.value: overview.trials[state] for state in TrialState},
        "created_at": study.created_at,
    }


def study_json(study: StoredStudy) -> Row:
    """Return a study with its best trials as JSON."""
    goal = study.goal
    listed = {each.number: each for each in [study.baseline, *study.front, study.nearest_miss] if each}
    return {
        "study": study.name,
        "model": study.record.model.source,
        "created_at": study.record.created_at.isoformat(timespec="seconds"),
        "definition": study.definition.model_dump(mode="json"),
        "objectives": list(goal.objectives),
        "trials": counts(study),
        "reasons": {state.value: dict(reasons(study, state)) for state in (TrialState.PRUNED, TrialState.FAILED)},
        "baseline": _number(study.baseline),
        "best": _number(study.best),
        "front": [each.number for each in study.front],
        "nearest_miss": _number(study.nearest_miss),
        "reference": list(goal.reference) if study.hypervolumes() else None,
        "hypervolumes": [{"trial": number, "hypervolume": volume} for number, volume in study.hypervolumes()],
        "shown": [trial_json(study, each) for _, each in sorted(listed.items())],
    }


def trial_json(study: StoredStudy, trial: TrialRecord) -> Row:
    """Return a trial with all its scores as JSON."""
    both = trial.number in study.searched and trial.number in study.held_out
    return {
        **trial_row(study, trial),
        "recipe": dict(trial.recipe),
        "subject": trial.subject,
        Portion.SEARCH.value: _scored_json(study.searched.get(trial.number)),
        Portion.HELD_OUT.value: _scored_json(study.held_out.get(trial.number)),
        "selection_effect": selection_effect(study, trial.number) if both else None,
        "dominates_baseline": {
            portion.value: dominance(study, trial, portion) for portion in (Portion.SEARCH, Portion.HELD_OUT)
        },
    }


def trial_row(study: StoredStudy, trial: TrialRecord) -> Row:
    """Return parameters, state and losses of a trial."""
    ended = trial.ended_at
    return {
        "trial": trial.number,
        "state": trial.state.value,
        "reason": trial.reason,
        "parent": trial.parent,
        "feasible": trial.feasible,
        "finalist": trial.finalist,
        "turned": turned(study.definition.point_space, trial),
        "parameters": dict(trial.parameters),
        "losses": dict(zip(study.goal.objectives, trial.losses, strict=False)),
        "violations": dict(trial.violations),
        "seconds": (ended - trial.started_at).total_seconds() if ended else None,
    }


def flat_row(study: StoredStudy, trial: TrialRecord) -> Row:
    """Return a trial as one row of plain columns: levers, losses, violations, and the utility of every axis."""
    row = trial_row(study, trial)
    nested = {name: row.pop(name) for name in ("turned", "parameters", "losses", "violations")}
    search_scores, held_out_scores = study.searched.get(trial.number), study.held_out.get(trial.number)
    return {
        **row,
        "started_at": trial.started_at,
        "recipe": str(trial.recipe.get("recipe", "")),
        "subject": trial.subject,
        **{f"lever:{name}": nested["parameters"].get(name) for name in study.definition.point_space.searched},
        **{f"loss:{name}": nested["losses"].get(name) for name in study.goal.objectives},
        **{f"violation:{each.text}": nested["violations"].get(each.text) for each in study.goal.conditions},
        **_axes_columns("search", search_scores),
        **_axes_columns("held_out", held_out_scores),
    }


def counts(study: StoredStudy) -> dict[str, int]:
    """Return the number of trials, of each state, and of the feasible ones among the complete."""
    states = Counter(each.state for each in study.trials)
    return {
        "all": len(study.trials),
        **{state.value: states[state] for state in TrialState},
        "feasible": len(study.feasible),
    }


def reasons(study: StoredStudy, state: TrialState, limit: int = 3) -> list[tuple[str, int]]:
    """Return why trials were pruned or failed, the most common reason first."""
    texts = (each.reason.partition("\n")[0] for each in study.trials if each.state is state)
    return Counter(_PROBABILITY.sub("", each) for each in texts if each).most_common(limit)


def dominance(study: StoredStudy, trial: TrialRecord, portion: Portion) -> float | None:
    """Return the probability that a trial dominates trial 0 on one portion; None if either was not scored there."""
    by_trial = study.searched if portion is Portion.SEARCH else study.held_out
    baseline = by_trial.get(study.baseline.number) if study.baseline else None
    own_scores = by_trial.get(trial.number)
    if (
        baseline is None
        or own_scores is None
        or baseline.losses is None
        or own_scores.losses is None
        or trial == study.baseline
    ):
        return None
    return probability_dominated(baseline.losses, [own_scores.losses], np.random.default_rng(study.definition.seed))


def value_in_unit(term: Term, scored: TrialScores | None) -> Estimate:
    """Return the value of a term in its own unit; for an axis its utility."""
    if scored is None:
        return Estimate.not_measured("not scored there")
    if term.metric is not None:
        return value_of(term, scored.rows)
    utility = scored.axes.get(term.axis)
    if utility is None:
        return Estimate.not_measured(f"no task of the {term.axis} axis has a value")
    return Estimate.measured(utility.value, (utility.low, utility.high), n=1, method="utilities of the interval ends")


def excess(condition: Condition, scored: TrialScores | None, baseline: TrialScores | None) -> float | None:
    """Return by how much a condition is broken in the term's unit; negative if there is room, None if unknown."""
    value = value_in_unit(condition.term, scored).value
    compared = value_in_unit(condition.term, baseline).value if condition.needs_baseline else None
    if value is None or (condition.needs_baseline and compared is None):
        return None
    bound = condition.bound.at(compared)
    return value - bound if condition.comparison.from_above else bound - value


def _number(trial: TrialRecord | None) -> int | None:
    return None if trial is None else trial.number


def _scored_json(scored: TrialScores | None) -> Row | None:
    if scored is None:
        return None
    losses: Sequence[Row] | None = None
    if scored.losses is not None:
        losses = [{"value": each.value, "low": each.low, "high": each.high} for each in scored.losses]
    axes = {axis.value: {"value": u.value, "low": u.low, "high": u.high} for axis, u in scored.axes.items()}
    return {"losses": losses, "axes": axes, "violations": dict(scored.violations), "feasible": scored.feasible}


def _axes_columns(portion: str, scored: TrialScores | None) -> Mapping[str, float | None]:
    utilities = {axis: scored.axes.get(axis) if scored else None for axis in Axis}
    return {
        f"{portion}:{axis}{end}": getattr(each, name) if each else None
        for axis, each in utilities.items()
        for end, name in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
