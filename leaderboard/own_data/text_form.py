"""The form of the tasks of texts with classes."""

from collections.abc import Sequence

from leaderboard.axes.axis import Axis
from leaderboard.own_data.columns import Columns
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.inspected import InspectedFile, ShiftForm, TaskForm
from leaderboard.own_data.prompts import prompt_choices, prompt_template
from leaderboard.own_data.split_plan import SplitPlan
from leaderboard.own_data.text_file import TextFile
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line


def text_form(main: TextFile, plan: SplitPlan, ood: Sequence[InspectedFile], *, language: str) -> TaskForm:
    """Return the form of the task of a file of texts.

    Args:
        main: the file with the training rows.
        plan: its splits.
        ood: files of other distributions.
        language: ISO 639 code of the texts.
    """
    columns, names = main.columns, main.classes.names
    chance = 1 / len(names)
    worst, elsewhere = max(plan.majority, chance), max(_majority(ood), chance)
    return TaskForm(
        protocol="classification",
        description=f"Classes of the texts in {one_line(main.layout.file.name)}.",
        labels=names,
        wording=(
            "prompt:  # for models that continue text",
            f"  template: {flow(prompt_template(columns, language))}",
            f"  choices: {flow(prompt_choices(names, language))}",
        ),
        metrics=("accuracy", "macro_f1", "mcc", "ece", "brier"),
        anchors=(
            "anchors:",
            f"  accuracy: {{worst: {worst:.4f}, best: 1.0}}  # worst: the largest class of `test`, or chance",
        ),
        shift=ShiftForm(
            protocol="shift",
            metrics=("ood_accuracy", "ood_drop"),
            anchors=(
                "anchors:",
                f"  ood_accuracy: {{worst: {elsewhere:.4f}, best: 1.0}}  # worst: the largest class, or chance",
            ),
        ),
        axes=_reasons(columns, language),
    )


def _reasons(columns: Columns, language: str) -> dict[Axis, str]:
    """Return why there is no task on an axis, where these texts are the cause."""
    if columns.second is not None:
        alone = f"{quoted(columns.second)} has second texts; --text {quoted(columns.text)} alone measures single ones"
        return {
            Axis.BIAS: f"counterfactual sentences are single texts, and the column {alone}",
            Axis.EXPLAINABILITY: f"explanations are of single texts, and the column {alone}",
        }
    languages = "counterfactual sentences are in English and Chinese"
    return {Axis.BIAS: f"{languages}, and the texts in {quoted(language)}; --language en or zh, where that is wrong"}


def _majority(files: Sequence[InspectedFile]) -> float:
    """Return the mean over files of the share of their largest class; 0 without files."""
    shares = [max(file.survey.classes.values()) / file.survey.usable for file in files]
    return sum(shares) / max(1, len(shares))
