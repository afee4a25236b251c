"""The form of the tasks of words with tags."""

from leaderboard.axes.axis import Axis
from leaderboard.own_data.inspected import ShiftForm, TaskForm
from leaderboard.own_data.tagging.tag_set import TagSet
from leaderboard.visible_text import one_line

_OF_TEXTS = "and these are words with tags"
_AXES = {
    Axis.OOD: "it needs sentences of another distribution with the same tags: --ood FILE adds a file of them",
    Axis.BIAS: f"counterfactual sentences are classified as a whole, {_OF_TEXTS}",
    Axis.PRIVACY: f"attacks compare the loss of the class of each text, {_OF_TEXTS}",
    Axis.LATENCY: f"single answers are timed of texts with classes, {_OF_TEXTS}",
    Axis.EXPLAINABILITY: f"explanations are of the class of a text, {_OF_TEXTS}",
}
"""Why there is no task on an axis."""


def tagging_form(name: str, tags: TagSet) -> TaskForm:
    """Return the form of the task of a CoNLL file.

    Args:
        name: name of the file.
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
        axes=_AXES,
    )
