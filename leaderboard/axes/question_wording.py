"""Wording of multiple-choice questions for subjects that choose by log-likelihoods."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from leaderboard.axes.protocol import Parameters
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.template import fields_only, render

Question = tuple[str, Sequence[str]]
"""A context and the choices that may continue it."""


class MultipleChoiceParameters(Parameters):
    """Wording of a multiple-choice question.

    Attributes:
        template: sandboxed Jinja template over `question`; the choice follows after `separator`.
        separator: text between the question and each choice.
    """

    template: Annotated[str, AfterValidator(fields_only("question"))] = "{{ question }}"
    separator: str = " "


def worded_question(parameters: MultipleChoiceParameters, beginning: str, example: ChoiceExample) -> Question:
    """Return a question in the wording of a task, for a subject that chooses by log-likelihoods.

    Args:
        parameters: the wording.
        beginning: text before the question, such as solved examples.
        example: the question and its choices.
    """
    context = beginning + render(parameters.template, {"question": example.question})
    return context, [parameters.separator + choice for choice in example.choices]
