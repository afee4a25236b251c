"""Scores of the trials of a study under another goal, without measuring again."""

from collections.abc import Mapping
from dataclasses import replace

from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.studies.goals import AnchorsByTask, Goal, anchors_of
from leaderboard.studies.stored_study import StoredStudy, TrialScores, score
from leaderboard.tasks import Task


def rescored(study: StoredStudy, goal: GoalRequest, tasks: Mapping[str, Task]) -> StoredStudy:
    """Return the study under another goal.

    All axes of a complete trial are stored, so its losses for any goal follow. A trial that was pruned under the goal
    of the search stays so, and held-out scores are those of its finalists: a search of its own may find more.

    Args:
        study: the study.
        goal: The other goal.
        tasks: of its suite, by name.

    Raises:
        RequestError: For a goal that cannot be parsed, or that the tasks do not measure.
    """
    definition = study.definition.model_copy(update=goal.settings(tasks))
    rescored_goal, anchors = definition.goal(tasks), anchors_of(tasks.values())
    searched = _scored(rescored_goal, study.searched, study.baseline, anchors)
    return StoredStudy(
        replace(study.record, mode=definition.mode, definition=definition.model_dump(mode="json")),
        definition,
        rescored_goal,
        tuple(_rescored_trial(each, searched.get(each.number)) for each in study.trials),
        searched,
        _scored(rescored_goal, study.held_out, study.baseline, anchors),
        anchors,
        study.cheaper,
    )


def _scored(
    goal: Goal, scores: Mapping[int, TrialScores], baseline: TrialRecord | None, anchors: AnchorsByTask
) -> dict[int, TrialScores]:
    compared = scores[baseline.number].rows if baseline and baseline.number in scores else []
    return {number: score(goal, each.rows, compared, anchors) for number, each in scores.items()}


def _rescored_trial(trial: TrialRecord, scored: TrialScores | None) -> TrialRecord:
    if trial.state is not TrialState.COMPLETE:
        return trial
    if scored is None or scored.losses is None:
        reason = "a term of the objective was not measured"
        return replace(trial, state=TrialState.FAILED, reason=reason, losses=(), violations={})
    return replace(trial, losses=tuple(each.value for each in scored.losses), violations=scored.violations)
