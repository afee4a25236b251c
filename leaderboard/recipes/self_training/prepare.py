"""Preparation of self-training: each round's member learns from the confident answers of the one before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.labelled_rounds import check_classes, curve_note, labelled_pool, search_accuracy
from leaderboard.recipes.self_training import SelfTraining
from leaderboard.training.learning_examples import trained_on
from leaderboard.training.preparation import Lesson, Preparation


def prepare_self_trained(recipe: SelfTraining, preparation: Preparation) -> Subject:
    """Prepare the member of the last round.

    Each member is kept in the cache, so that an interrupted preparation goes on with the round it was in. Texts without
    labels count as trained on, too; members of a membership attack are the labelled ones.

    Raises:
        NotMeasurableError: when the task has no labelled texts, or the member cannot be prepared.
        RequestError: when more labels are wanted than there are, these lack a class, or another task has no texts.
    """
    lesson, others = preparation.lesson, [preparation.lessons[name] for name in recipe.unlabelled]
    labelled, unlabelled = divided_texts(recipe, lesson, others, preparation.seed)
    subject = recipe.member.prepare(replace(preparation, lesson=lesson.learning(labelled)))
    points = [(0, search_accuracy(subject, lesson))]
    for _ in range(recipe.rounds):
        answers = pseudo_labelled(subject, unlabelled, recipe.threshold)
        subject = recipe.member.prepare(replace(preparation, lesson=lesson.learning([*labelled, *answers])))
        points.append((len(answers), search_accuracy(subject, lesson)))
    note = f"self-training with {recipe.labels} labels and {len(unlabelled)} texts without labels"
    notes = (*subject.preparation_notes, f"{note}{curve_note(points, 'confident answers')}")
    training = subject.training and replace(subject.training, members=labelled)
    return replace(subject, preparation_notes=notes, training=training, trained_on=trained_on(lesson, *others))


def divided_texts(
    recipe: SelfTraining, lesson: Lesson, others: Sequence[Lesson], seed: int
) -> tuple[list[TextExample], list[TextExample]]:
    """Return the random texts whose labels are used, and the texts that are used without labels.

    Raises:
        NotMeasurableError: when the task has no labelled texts.
        RequestError: when more labels are wanted than there are, these lack a class, or another task has no texts.
    """
    pool = labelled_pool(recipe, lesson, needed=recipe.labels, setting="labels")
    order = np.random.default_rng([seed, *b"self-training"]).permutation(len(pool))
    labelled = [pool[index] for index in sorted(order[: recipe.labels])]
    check_classes(labelled, lesson, setting="labels")
    unlabelled = [pool[index] for index in sorted(order[recipe.labels :])]
    return labelled, [*unlabelled, *(example for other in others for example in _texts(other))]


def pseudo_labelled(subject: Subject, texts: Sequence[TextExample], threshold: float) -> list[TextExample]:
    """Return the texts whose most probable class has at least the probability `threshold`, with that class as label."""
    if not texts:
        return []
    probabilities = np.exp(subject.classifier().log_probabilities([each.content for each in texts]))
    return [
        each.model_copy(update={"label": int(row.argmax())})
        for each, row in zip(texts, probabilities, strict=True)
        if row.max() >= threshold
    ]


def _texts(lesson: Lesson) -> list[TextExample]:
    """Return the training texts of a further task, whose labels are not read.

    Raises:
        RequestError: when it has none.
    """
    examples = lesson.splits["train"] if "train" in lesson.splits else ()  # noqa: SIM401 - `get` expects a KeyError
    texts = [example for example in examples if isinstance(example, TextExample)]
    if not texts:
        raise RequestError(
            f"recipe.unlabelled: task '{lesson.task.name}' has no training texts; name a task that classifies texts"
        )
    return texts
