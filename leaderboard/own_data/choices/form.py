"""The form of the tasks of multiple-choice questions."""

from leaderboard.axes.axis import Axis
from leaderboard.own_data.choices.columns import ChoiceColumns
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.inspected import ShiftForm, TaskForm
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line

_AXES = {
    Axis.BIAS: "counterfactual sentences need a class of a text",
    Axis.PRIVACY: "attacks compare the loss of the class of each text",
    Axis.EXPLAINABILITY: "explanations are of the class of a text",
}
"""Reason for each axis that has no protocol for such a file."""
_METRICS = ("accuracy", "accuracy_norm")


def choice_form(name: str, columns: ChoiceColumns, language: str, *, chance: float, elsewhere: float) -> TaskForm:
    """Return the form of the task of a file of questions.

    Args:
        name: name of the file.
        columns: its columns.
        language: ISO 639 code of the questions.
        chance: accuracy of guessing on the test.
        elsewhere: accuracy of guessing on questions of other distributions.
    """
    is_chinese = language == "zh"
    template = "问题：{{ question }}\n答案：" if is_chinese else "Question: {{ question }}\nAnswer:"
    wording = (
        "parameters:  # for models that continue text; each choice follows after the separator",
        f"  template: {flow(template)}",
        *(['  separator: ""'] if is_chinese else []),
    )
    return TaskForm(
        protocol="multiple_choice",
        description=f"Answers to the questions in {one_line(name)}.",
        labels=(),
        wording=wording,
        metrics=_METRICS,
        anchors=(
            "anchors:  # worst: chance",
            *(f"  {metric}: {{worst: {chance:.4f}, best: 1.0}}" for metric in _METRICS),
        ),
        shift=ShiftForm(
            protocol="choice_shift",
            metrics=("ood_accuracy", "ood_drop"),
            wording=wording,
            anchors=("anchors:  # worst: chance", f"  ood_accuracy: {{worst: {elsewhere:.4f}, best: 1.0}}"),
        ),
        axes=_reasons(one_line(name), columns),
    )


def _reasons(name: str, columns: ChoiceColumns) -> dict[Axis, str]:
    """Return why there is no task on an axis."""
    answers = f"the column {quoted(columns.answer)} of {name} has answers to questions"
    texts = "--choices none with --text and --label reads texts with classes, where it has some"
    return {
        Axis.OOD: "it needs questions of another distribution: --ood FILE adds a file of them",
        **{axis: f"{need}, and {answers}; {texts}" for axis, need in _AXES.items()},
    }
