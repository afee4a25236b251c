"""Re-scoring: what the trials of a study are worth for another goal. Nothing is measured again."""

from collections.abc import Mapping
from dataclasses import replace

from leaderboard.store.records import TrialRecord, TrialState
from leaderboard.studies.asking import GoalRequest
from leaderboard.studies.goals import AnchorsByTask, Goal, anchors_of
from leaderboard.studies.stored import Scored, StoredStudy, score
from leaderboard.tasks import Task


def rescored(found: StoredStudy, goal: GoalRequest, tasks: Mapping[str, Task]) -> StoredStudy:
    """The same trials under another goal.

    All axes of a complete trial are stored, so its losses for any goal follow. A trial that was pruned under the goal
    of the search stays so, and held-out scores are those of its finalists: a search of its own may find more.

    Args:
        found: the study.
        goal: what is asked of it now.
        tasks: of its suite, by name.

    Raises:
        RequestError: for a goal that cannot be read, or that the tasks do not answer.
    """
    definition = found.definition.model_copy(update=goal.settings(tasks))
    looked_for, anchors = definition.goal(tasks), anchors_of(tasks.values())
    searched = _scored(looked_for, found.searched, found.baseline, anchors)
    return StoredStudy(
        replace(found.record, mode=definition.mode, definition=definition.model_dump(mode="json")),
        definition,
        looked_for,
        tuple(_again(each, searched.get(each.number)) for each in found.trials),
        searched,
        _scored(looked_for, found.held_out, found.baseline, anchors),
        anchors,
        found.cheaper,
    )


def _scored(
    goal: Goal, known: Mapping[int, Scored], baseline: TrialRecord | None, anchors: AnchorsByTask
) -> dict[int, Scored]:
    compared = known[baseline.number].rows if baseline and baseline.number in known else []
    return {number: score(goal, each.rows, compared, anchors) for number, each in known.items()}


def _again(trial: TrialRecord, scored: Scored | None) -> TrialRecord:
    if trial.state is not TrialState.COMPLETE:
        return trial
    if scored is None or scored.losses is None:
        reason = "something that is looked for now was not measured"
        return replace(trial, state=TrialState.FAILED, reason=reason, losses=(), violations={})
    return replace(trial, losses=tuple(each.value for each in scored.losses), violations=scored.violations)
