"""Prompted subject: a model that answers by the likelihoods of the choices of a prompt."""

from collections.abc import Mapping, Sequence

from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.model import Model
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example, TextExample
from leaderboard.data.template import render
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.stages import WordingMitigation
from leaderboard.recipes.prompt_classifier import (
    BeginningOfPrompt,
    PromptClassifier,
    PromptOpening,
    render_prompt,
)
from leaderboard.tasks import Prompt, Task, protocol_of


def prompt_for(task: Task, wordings: Sequence[WordingMitigation] = ()) -> Prompt:
    """Return the prompt of a task's texts.

    Args:
        task: task whose prompt has choices.
        wordings: mitigations that change the task's own prompt, one after the other.

    Raises:
        NotMeasurableError: for a task without a prompt, or whose choices do not match its labels.
    """
    if task.prompt is None or task.data is None or not task.prompt.choices:
        raise NotMeasurableError(f"task '{task.name}' has no prompt with choices")
    if len(task.prompt.choices) != len(task.data.labels):
        raise NotMeasurableError(
            f"task '{task.name}' has {len(task.prompt.choices)} prompt.choices for {len(task.data.labels)} labels; "
            "each choice stands for the label in its place in data.labels"
        )
    prompt = task.prompt
    for wording in wordings:
        prompt = wording.reworded(task, prompt)
    return prompt


def is_multiple_choice(task: Task) -> bool:
    """Return whether a task's examples are multiple-choice questions."""
    example = protocol_of(task).example
    return example is not None and issubclass(example, ChoiceExample)


def solve_example(
    task: Task, example: Example, wordings: Sequence[WordingMitigation] = (), prompt: Prompt | None = None
) -> str:
    """Render a question with its right answer, for a few-shot prompt.

    Args:
        task: task of the question.
        example: question.
        wordings: mitigations that change the task's own prompt.
        prompt: prompt in place of the task's, as it is.

    Raises:
        NotMeasurableError: for a task without a prompt or multiple-choice questions.
    """
    if isinstance(example, ChoiceExample):
        parameters = protocol_of(task).parameters
        if not isinstance(parameters, MultipleChoiceParameters):
            raise NotMeasurableError(f"task '{task.name}' has no template for its questions")
        question = render(parameters.template, {"question": example.question})
        return f"{question}{parameters.separator}{example.choices[example.answer]}"
    prompt = prompt or prompt_for(task, wordings)
    if not isinstance(example, TextExample):
        raise NotMeasurableError(
            f"task '{task.name}' does not classify texts, so that its examples cannot be part of a prompt"
        )
    return render_prompt(prompt, example.content) + prompt.choices[example.label or 0]


def prompted_subject(
    model: Model,
    task: Task,
    *,
    wordings: Sequence[WordingMitigation],
    beginning: str | PromptOpening,
    beginning_for: BeginningOfPrompt | None = None,
    trained_on: Mapping[str, str],
) -> Subject:
    """Return the subject of a model that is prompted with a task's questions.

    Args:
        model: a model that continues text.
        task: task of the questions.
        wordings: mitigations that change the task's own prompt.
        beginning: text before each prompt.
        beginning_for: returns the text before each question of another prompt, where it depends on the prompt.
        trained_on: fingerprints of the training examples and their sources.

    Raises:
        NotMeasurableError: for a model that does not continue text, or a task that cannot be prompted so.
    """
    if not model.kind.continues_text:
        raise NotMeasurableError(f"{model.name} does not continue text, so that it cannot be prompted")
    if not is_multiple_choice(task):
        prompt, labels = prompt_for(task, wordings), task.data.labels if task.data else ()
        classifier = _classifier(model, prompt, labels, beginning, beginning_for)
        return Subject(model, classifier, trained_on=trained_on)
    if wordings or not isinstance(beginning, str):
        raise NotMeasurableError(
            f"task '{task.name}' has multiple-choice questions, which have their own wording and share one opening; "
            "leave recipe.template at 0"
        )
    return Subject(model, beginning=beginning, trained_on=trained_on)


def _classifier(
    model: Model,
    prompt: Prompt,
    labels: tuple[str, ...],
    beginning: str | PromptOpening,
    beginning_for: BeginningOfPrompt | None,
) -> PromptClassifier:
    """Return the prompt classifier of a model, with attributions where its weights are on this machine."""
    if Capability.LOGLIKELIHOOD not in model.capabilities:
        raise model.unable(Capability.LOGLIKELIHOOD)
    if Capability.WEIGHTS not in model.capabilities:
        return PromptClassifier(model, prompt, labels, beginning=beginning, beginning_for=beginning_for)
    from leaderboard.recipes.prompt_gradients import PromptAttributor  # noqa: PLC0415 - imports torch

    return PromptAttributor(model, prompt, labels, beginning=beginning, beginning_for=beginning_for)
