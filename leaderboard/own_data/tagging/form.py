"""The form of the tasks of words with tags."""

from leaderboard.axes.axis import Axis
from leaderboard.own_data.inspected import ShiftForm, TaskForm
from leaderboard.own_data.tagging.columns import TagColumns
from leaderboard.own_data.tagging.tag_set import TagSet
from leaderboard.visible_text import one_line

_AXES = {
    Axis.BIAS: "counterfactual sentences are classified as a whole",
    Axis.PRIVACY: "attacks compare the loss of the class of each text",
    Axis.EXPLAINABILITY: "explanations are of the class of a text",
}
"""Reason for each axis that has no protocol for such a file."""


def tagging_form(name: str, columns: TagColumns, tags: TagSet) -> TaskForm:
    """Return the form of the task of a file of words with tags.

    Args:
        name: name of the file.
        columns: its columns.
        tags: its tags.
    """
    return TaskForm(
        protocol="tagging",
        description=f"Tags of the words in {one_line(name)}.",
        labels=tags.names,
        wording=(),
        metrics=("span_f1", "span_precision", "span_recall", "token_accuracy"),
        anchors=(),
        shift=ShiftForm(protocol="tagging_shift", metrics=("ood_span_f1", "ood_span_drop")),
        axes=_reasons(one_line(name), columns),
    )


def _reasons(name: str, columns: TagColumns) -> dict[Axis, str]:
    """Return why there is no task on an axis."""
    tags = f"{name} has words with tags (column {columns.tags}); --data with a file of texts and labels gives the axis"
    return {
        Axis.OOD: "it needs sentences of another distribution with the same tags: --ood FILE adds a file of them",
        **{axis: f"{need}, and {tags}" for axis, need in _AXES.items()},
    }
