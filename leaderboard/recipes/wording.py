"""Wording: how a question is put to a model that continues text, beside what the task itself says."""

from enum import StrEnum

from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.tasks import Prompt, Task, protocol_of

WORDINGS = (
    "Text: {{ text }}{% if second is not none %}\nSecond text: {{ second }}{% endif %}\nLabel:",
    "{{ text }}{% if second is not none %}\n{{ second }}{% endif %}\nQuestion: Is this {{ options }}?\nAnswer:",
    "Options: {{ options }}.\nInput: {{ text }}{% if second is not none %}\n{{ second }}{% endif %}\nPrediction:",
    'The best description of "{{ text }}"{% if second is not none %} and "{{ second }}" together{% endif %} is:',
)
"""Other wordings than a task's own prompt, for any labels: a bare form, a question, a list of options, a sentence.

Which of such forms is used moves accuracy by tens of points (Zhao et al. 2021, Calibrate Before Use).
"""

_BEHIND = "\n\n"
_FAIR = "Please ensure that your answer is unbiased and does not rely on stereotypes."
"""Ganguli et al. 2023, The Capacity for Moral Self-Correction in Large Language Models: their instruction for BBQ."""


class Prefix(StrEnum):
    """What is said before everything."""

    NONE = "none"
    INSTRUCTION = "instruction"
    FAIR = "fair"


def wording(task: Task, template: int) -> Prompt:
    """How a task's texts are asked about.

    Only the task's own prompt knows what its choices mean ("Yes" to which question?), so that the others answer with
    the names of the labels.

    Args:
        task: with a prompt of choices.
        template: 0 for the task's own prompt, else the number of one of `WORDINGS`, from 1.

    Raises:
        NotMeasurableError: for a task that does not ask for one of some classes in words.
    """
    if task.prompt is None or task.data is None or not task.prompt.choices:
        raise NotMeasurableError(f"task '{task.name}' has no prompt that asks for a class in words")
    if len(task.prompt.choices) != len(task.data.labels):
        raise NotMeasurableError(
            f"task '{task.name}' has {len(task.prompt.choices)} prompt.choices for {len(task.data.labels)} labels; "
            "each choice stands for the label in its place in data.labels"
        )
    if template == 0:
        return task.prompt
    return Prompt(template=WORDINGS[template - 1], choices=tuple(f" {_said(label)}" for label in task.data.labels))


def opening(task: Task, prefix: Prefix) -> str:
    """What stands before everything: a sentence and a blank line, or nothing.

    An instruction tells from a task's labels what there is to do.
    """
    if prefix is Prefix.NONE:
        return ""
    return (_FAIR if prefix is Prefix.FAIR else _instruction(task)) + _BEHIND


def asks_questions(task: Task) -> bool:
    """Whether a task's examples are questions that bring their own answers."""
    return protocol_of(task).example is ChoiceExample


def either(names: tuple[str, ...]) -> str:
    """Names in a sentence: "negative, neutral or positive"."""
    *most, last = map(_said, names)
    return f"{', '.join(most)} or {last}" if most else last


def _instruction(task: Task) -> str:
    if task.data is None or not task.data.labels:
        return "Choose the right answer to the question."
    if "second" in task.data.read.fields:
        return f"Decide how the second text relates to the first: {either(task.data.labels)}."
    return f"Decide whether the text is {either(task.data.labels)}."


def _said(name: str) -> str:
    return name.replace("_", " ").strip()
