"""Shots: the few labelled texts of each class that a body is adapted with."""

import numpy as np

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.reptile import Reptile
from leaderboard.training.learning_examples import labelled_texts
from leaderboard.training.preparation import Lesson


def texts_by_class(recipe: Reptile, lesson: Lesson) -> list[list[TextExample]]:
    """Return the labelled training texts of each class of a task.

    Raises:
        NotMeasurableError: when the measured task has none, or does not classify texts.
        RequestError: when another task has none, or a class has fewer than `shots`.
    """
    try:
        texts = labelled_texts(lesson, "train", recipe.purpose)
    except NotMeasurableError:
        if lesson.task.name not in recipe.tasks:
            raise
        raise RequestError(
            f"recipe.tasks: task '{lesson.task.name}' has no labelled training texts; name tasks that classify texts"
        ) from None
    labels = lesson.task.data.labels if lesson.task.data else ()
    classes: list[list[TextExample]] = [[] for _ in labels]
    for text in texts:
        classes[text.label or 0].append(text)
    name, count = min(zip(labels, map(len, classes), strict=True), key=lambda pair: pair[1])
    if count < recipe.shots:
        raise RequestError(
            f"recipe.shots {recipe.shots}: task '{lesson.task.name}' has only {count} labelled training texts of class "
            f"{name}\n  "
            + (f"Lower it: --set recipe.shots={count}" if count else "Name a task that has texts of every class.")
        )
    return classes


def few_texts(recipe: Reptile, lesson: Lesson, seed: int) -> list[TextExample]:
    """Return `shots` random training texts of each class, by seed. Raises what `texts_by_class` does."""
    random = np.random.default_rng([seed, *b"shots"])
    return [
        texts[index]
        for texts in texts_by_class(recipe, lesson)
        for index in sorted(random.permutation(len(texts))[: recipe.shots])
    ]
