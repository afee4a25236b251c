"""Preparation of multi-task learning: a body is trained with a head for each task, and keeps that of one."""

from dataclasses import replace

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.recipes.as_is.prepare import subject_with_head
from leaderboard.recipes.multitask import Multitask
from leaderboard.recipes.multitask.task_heads import TaskHeads
from leaderboard.recipes.multitask.texts import PURPOSE, task_texts
from leaderboard.recipes.trained_subjects import TrainingRun, epoch_notes, train_or_load
from leaderboard.training.learning_examples import labelled_texts, trained_on
from leaderboard.training.objectives.multitask import TaskExamples
from leaderboard.training.preparation import Lesson, Preparation


def prepare_multitask(recipe: Multitask, preparation: Preparation) -> Subject:
    """Prepare the subject of the measured task.

    Membership attacks are not supported: no reference is trained on the other tasks.

    Raises:
        NotMeasurableError: when the measured task has no labelled texts.
        RequestError: when another task has none.
    """
    lesson = preparation.lesson
    others = [preparation.lessons[name] for name in recipe.tasks]
    measured = _task_examples(recipe, preparation, lesson, measured=True)
    tasks = [measured, *(_task_examples(recipe, preparation, other) for other in others)]
    search: list[TextExample] = labelled_texts(lesson, "search", PURPOSE) if "search" in lesson.splits else []
    run = TrainingRun(
        lesson,
        [example for task in tasks for example in task.examples],
        search,
        basis=[other.digest for other in others],
        heads=TaskHeads(tasks, search),
    )
    model = recipe.altered(train_or_load(recipe, preparation, preparation.weights, run))
    subject = subject_with_head(model, lesson.task, preparation.engine, {})
    notes = (*subject.preparation_notes, *epoch_notes(recipe, run))
    return replace(subject, preparation_notes=notes, trained_on=trained_on(lesson, *others))


def _task_examples(
    recipe: Multitask, preparation: Preparation, lesson: Lesson, *, measured: bool = False
) -> TaskExamples:
    examples = task_texts(lesson, measured=measured)
    labels = lesson.task.data.labels if lesson.task.data else ()
    return TaskExamples(lesson.task.name, labels, recipe.mitigated(examples, replace(preparation, lesson=lesson)))
