"""The form of the tasks of texts with classes."""

from collections.abc import Sequence

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
        axes={},
    )


def _majority(files: Sequence[InspectedFile]) -> float:
    """Return the mean over files of the share of their largest class; 0 without files."""
    shares = [max(file.survey.classes.values()) / file.survey.usable for file in files]
    return sum(shares) / max(1, len(shares))
