"""Wording: other prompts for a causal model than the task's own."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.label_names import readable
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import WordingMitigation

if TYPE_CHECKING:
    from leaderboard.tasks import Prompt, Task

WORDINGS = (
    "Text: {{ text }}{% if second is not none %}\nSecond text: {{ second }}{% endif %}\nLabel:",
    "{{ text }}{% if second is not none %}\n{{ second }}{% endif %}\nQuestion: Is this {{ options }}?\nAnswer:",
    "Options: {{ options }}.\nInput: {{ text }}{% if second is not none %}\n{{ second }}{% endif %}\nPrediction:",
    'The best description of "{{ text }}"{% if second is not none %} and "{{ second }}" together{% endif %} is:',
)
"""Other wordings than a task's own prompt, for any labels: a bare form, a question, a list of options, a sentence.

Which of such forms is used moves accuracy by tens of points (Zhao et al. 2021, Calibrate Before Use).
"""


class Wording(WordingMitigation):
    """Use another prompt than the task's own.

    Attributes:
        template: number of the prompt: 0 is the task's own; higher numbers are other wordings, answered by label names.
    """

    name = "wording"
    axes = (Axis.ACCURACY, Axis.OOD)
    source = "Zhao et al. 2021, Calibrate Before Use: Improving Few-Shot Performance of Language Models"
    always_recorded = True

    template: Annotated[
        int,
        Field(ge=0, le=len(WORDINGS)),
        Searched(choice(list(range(len(WORDINGS) + 1))), "wording of the question; 0 is the task's"),
    ] = 0

    def reworded(self, task: "Task", prompt: "Prompt") -> "Prompt":
        """Return one of `WORDINGS`, answered with the names of the labels.

        Only the task's own prompt knows what its choices mean ("Yes" to which question?).
        """
        labels = task.data.labels if task.data else ()
        choices = tuple(f" {readable(label)}" for label in labels)
        return type(prompt)(template=WORDINGS[self.template - 1], choices=choices)
