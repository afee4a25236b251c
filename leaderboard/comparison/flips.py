"""Flips: the examples that one subject gets right and the other wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from leaderboard.axes.protocol import Observation
from leaderboard.comparison.matching import SeedsMatch, match, matches
from leaderboard.errors import RequestError
from leaderboard.store.class_names import class_names
from leaderboard.store.records import TaskRecord
from leaderboard.store.results import SubjectResults
from leaderboard.store.stored_protocols import reading_observations

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("example_id", "text", "true", "first", "second", "right")


def flip_tasks(first: SubjectResults, second: SubjectResults) -> list[str]:
    """Return the tasks that both answered in the same version, and whose answers are right or wrong."""
    return [
        pair.task
        for pair in matches(first, second)
        if pair.same_task
        and not pair.unpaired_reason
        and all(pair.observations)
        and pair.protocol.answer(pair.observations[0][0]) is not None
    ]


def flips(
    first: SubjectResults, second: SubjectResults, task: str, texts: Mapping[str, str] | None = None
) -> "pd.DataFrame":
    """Return the examples that exactly one of two subjects answers correctly, in the order of their ids.

    Args:
        first: results of a subject.
        second: results of another subject.
        task: name of a task whose answers are right or wrong.
        texts: text of each example by id, where the data of the task is available (the store does not keep texts).

    Returns:
        The columns `COLUMNS`: the text (missing where unknown), the true answer, the answer of each subject, and which
        of the two was right, `first` or `second`.

    Raises:
        RequestError: when one was not measured on the task, when the versions of the task differ, or when its answers
            are neither right nor wrong.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    pair = match(first, second, task)
    if isinstance(pair, SeedsMatch):
        raise RequestError(
            "--show-flips cannot be combined with --merge-seeds: each seed has its own answers\n"
            "  Compare one seed of each without --merge-seeds."
        )
    if not pair.same_task:
        raise RequestError(
            f"task '{task}': {first.label} and {second.label} were measured on different versions\n"
            "  Measure both on the same version."
        )
    texts_by_id = texts or {}
    labels = _labels(pair.first.task, (first, second))
    with reading_observations(task):
        sides = [
            {observation.example_id: _named(observation, labels) for observation in observations}
            for observations in pair.observations
        ]
    rows = []
    for name in (name for name in sides[0] if name in sides[1]):
        first_answer, second_answer = (pair.protocol.answer(side[name]) for side in sides)
        if first_answer is None or second_answer is None:
            raise RequestError(
                f"task '{task}': its answers are neither right nor wrong, so no example can flip\n"
                "  Flips exist for classification, multiple-choice and tagging tasks."
            )
        if first_answer.right != second_answer.right:
            right = "first" if first_answer.right else "second"
            text = sides[0][name].data.get("text") or texts_by_id.get(name)
            rows.append((name, text, first_answer.true, first_answer.predicted, second_answer.predicted, right))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _labels(task: TaskRecord, subjects: Iterable[SubjectResults]) -> tuple[str, ...]:
    """Return the class names of a task, its own or those of the task whose data it uses."""
    definitions = {each.task.name: each.task.definition for subject in subjects for each in subject.evaluations}
    return class_names(task.name, {**definitions, task.name: task.definition})


def _named(observation: Observation, labels: Sequence[str]) -> Observation:
    """Add class names to an observation of an old format, which stored only class indices."""
    label, scores = observation.data.get("label"), observation.data.get("log_probabilities")
    if "predicted" in observation.data or not isinstance(label, int) or not scores or len(scores) != len(labels):
        return observation
    named = {"true": labels[label], "predicted": labels[scores.index(max(scores))]}
    return Observation(observation.example_id, {**observation.data, **named})
