"""Flips: the examples that one subject gets right and the other wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from leaderboard.axes.protocol import Observation
from leaderboard.comparison.matching import match, matches
from leaderboard.errors import RequestError
from leaderboard.store.records import TaskRecord
from leaderboard.store.results import SubjectResults
from leaderboard.store.task_labels import labels_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("example_id", "text", "true", "first", "second", "right")


def flippable(first: SubjectResults, second: SubjectResults) -> list[str]:
    """The tasks that both were asked in the same way, and whose answers are right or wrong."""
    return [
        pair.task
        for pair in matches(first, second)
        if pair.same_task
        and not pair.unpaired_because
        and all(pair.observations)
        and pair.protocol.answer(pair.observations[0][0]) is not None
    ]


def flips(
    first: SubjectResults, second: SubjectResults, task: str, texts: Mapping[str, str] | None = None
) -> "pd.DataFrame":
    """The examples that exactly one of two subjects gets right, in the order of their ids.

    Args:
        first: a subject.
        second: another.
        task: by name; one whose answers are right or wrong.
        texts: of its examples, by id, where the task's data is at hand: the store keeps none of it.

    Returns:
        The columns `COLUMNS`: the text where it is known (missing otherwise), the true answer, what each subject said,
        and which of the two was right, `first` or `second`.

    Raises:
        RequestError: when one was never measured on the task, when they were asked different ones, or when its answers
            are neither right nor wrong.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    pair = match(first, second, task)
    if not pair.same_task:
        raise RequestError(
            f"task '{task}': {first.label} and {second.label} were asked different versions of it\n"
            "  Measure both with the same one."
        )
    known = texts or {}
    labels = _labels(pair.first.task, (first, second))
    sides = [{seen.example_id: _named(seen, labels) for seen in observed} for observed in pair.observations]
    rows = []
    for name in (name for name in sides[0] if name in sides[1]):
        first_answer, second_answer = (pair.protocol.answer(side[name]) for side in sides)
        if first_answer is None or second_answer is None:
            raise RequestError(
                f"task '{task}': its answers are neither right nor wrong, so that none can flip\n"
                "  Flips are of tasks that classify, choose or tag."
            )
        if first_answer.right != second_answer.right:
            right = "first" if first_answer.right else "second"
            text = sides[0][name].data.get("text") or known.get(name)
            rows.append((name, text, first_answer.true, first_answer.said, second_answer.said, right))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _labels(task: TaskRecord, subjects: Iterable[SubjectResults]) -> tuple[str, ...]:
    """Names of a task's classes, its own or those of the task that it borrows from."""
    definitions = {each.task.name: each.task.definition for subject in subjects for each in subject.evaluations}
    return labels_of(task.name, {**definitions, task.name: task.definition})


def _named(seen: Observation, labels: Sequence[str]) -> Observation:
    """What was seen of a text's class before observations named classes, with their names."""
    label, scores = seen.data.get("label"), seen.data.get("log_probabilities")
    if "predicted" in seen.data or not isinstance(label, int) or not scores or len(scores) != len(labels):
        return seen
    named = {"true": labels[label], "predicted": labels[scores.index(max(scores))]}
    return Observation(seen.example_id, {**seen.data, **named})
