"""Labelled rounds: the pool of labels, its checks and the learning curve, of active learning and self-training."""

from collections.abc import Sequence

import numpy as np

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.labelled_share import LabelledShareRecipe
from leaderboard.training.learning_examples import labelled_texts
from leaderboard.training.preparation import Lesson


def labelled_pool(recipe: LabelledShareRecipe, lesson: Lesson, *, needed: int, setting: str) -> list[TextExample]:
    """Return the labelled training texts that labels are taken from.

    Args:
        recipe: the recipe, for messages.
        lesson: the task and its data.
        needed: number of labels that will be used.
        setting: setting that says so, for messages.

    Raises:
        NotMeasurableError: when the task has none, or does not classify texts.
        RequestError: when there are fewer than needed.
    """
    pool = labelled_texts(lesson, "train", recipe.purpose)
    if needed > len(pool):
        raise RequestError(
            f"recipe.{setting} {needed}: task '{lesson.task.name}' has only {len(pool)} labelled training texts\n"
            f"  Lower it: --set recipe.{setting}={len(pool)}"
        )
    return pool


def check_classes(examples: Sequence[TextExample], lesson: Lesson, *, setting: str) -> None:
    """Check that the first labelled texts, which were drawn at random, have every class.

    Raises:
        RequestError: when a class is missing.
    """
    labels = lesson.task.data.labels if lesson.task.data else ()
    drawn = {example.label for example in examples}
    if missing := [name for number, name in enumerate(labels) if number not in drawn]:
        raise RequestError(
            f"recipe.{setting} {len(examples)}: these random training texts of task '{lesson.task.name}' have none of "
            f"class {', '.join(missing)}\n  Raise recipe.{setting}, or draw others with another --seed."
        )


def search_accuracy(subject: Subject, lesson: Lesson) -> float | None:
    """Return the accuracy of a subject on the split `search`; None for a task without one."""
    if "search" not in lesson.splits:
        return None
    texts = labelled_texts(lesson, "search", "a learning curve")
    answers = subject.classifier().log_probabilities([each.content for each in texts]).argmax(1)
    return float(np.mean(answers == [each.label for each in texts]))


def curve_note(curve: Sequence[tuple[int, float | None]], unit: str) -> str:
    """Return the learning curve as the end of a sentence; empty for a task without a split `search`.

    Args:
        curve: number and accuracy of each point.
        unit: what is counted.
    """
    points = [f"{accuracy:.4f} with {number}" for number, accuracy in curve if accuracy is not None]
    return f"; accuracy on the split `search`: {', '.join(points)} {unit}" if points else ""
