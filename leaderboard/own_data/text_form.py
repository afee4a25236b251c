"""The form of the tasks of texts with classes."""

from collections.abc import Sequence

from leaderboard.own_data.classes import Classes
from leaderboard.own_data.columns import Columns
from leaderboard.own_data.inspected import InspectedFile, ShiftForm, TaskForm
from leaderboard.own_data.prompts import prompt_choices, prompt_template
from leaderboard.own_data.split_plan import SplitPlan
from leaderboard.own_data.yaml_flow import flow
from leaderboard.visible_text import one_line


def text_form(
    name: str, columns: Columns, classes: Classes, plan: SplitPlan, ood: Sequence[InspectedFile], language: str
) -> TaskForm:
    """Return the form of the task of a file of texts.

    Args:
        name: name of the file.
        columns: its columns.
        classes: classes of its labels.
        plan: its splits.
        ood: files of other distributions.
        language: ISO 639 code of the texts.
    """
    chance = 1 / len(classes.names)
    elsewhere = max(_majority(ood), chance)
    return TaskForm(
        protocol="classification",
        description=f"Classes of the texts in {one_line(name)}.",
        labels=classes.names,
        wording=(
            "prompt:  # for models that continue text",
            f"  template: {flow(prompt_template(columns, language))}",
            f"  choices: {flow(prompt_choices(classes.names, language))}",
        ),
        metrics=("accuracy", "macro_f1", "mcc", "ece", "brier"),
        anchors=(
            "anchors:",
            f"  accuracy: {{worst: {max(plan.majority, chance):.4f}, best: 1.0}}  # worst: the largest class of "
            "`test`, or chance",
        ),
        shift=ShiftForm(
            protocol="shift",
            metrics=("ood_accuracy", "ood_drop"),
            anchors=(
                "anchors:",
                f"  ood_accuracy: {{worst: {elsewhere:.4f}, best: 1.0}}  # worst: the largest class of each file, or "
                "chance",
            ),
        ),
        axes={},
    )


def _majority(files: Sequence[InspectedFile]) -> float:
    """Return the mean over files of the share of their largest class; 0 without files."""
    shares = [max(file.survey.classes.values()) / file.survey.usable for file in files]
    return sum(shares) / max(1, len(shares))
