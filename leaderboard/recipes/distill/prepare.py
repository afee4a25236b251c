"""Distillation: a student is trained on a teacher's predictions for the training examples."""

from dataclasses import replace

from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.recipes.as_is.prepare import subject_with_head
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.recipes.trained_subjects import TrainingRun, epoch_notes, train_or_load
from leaderboard.training.learning_examples import labelled_texts, trained_on
from leaderboard.training.objectives.classification import Teacher
from leaderboard.training.preparation import Preparation


def prepare_distilled(
    recipe: TrainedRecipe,
    preparation: Preparation,
    teacher: Subject,
    *,
    softening: float,
    share: float,
    layers: int | None,
) -> Subject:
    """Prepare the subject of a student.

    Membership attacks are not supported: the teacher may have been trained on other texts.

    Args:
        recipe: recipe of the training.
        preparation: model and lesson.
        teacher: the teacher, which classifies.
        softening: temperature of the probabilities of teacher and student.
        share: weight of the teacher against the labels, from 0 to 1.
        layers: number of layers of the body that are kept, from the first one; None keeps all.
    """
    lesson = preparation.lesson
    if teacher.classifies_with is None:
        raise NotMeasurableError(f"the teacher {teacher.name} does not classify, and only that can be distilled")
    examples = recipe.mitigated(labelled_texts(lesson, "train", "a student"), preparation)
    teacher_output = teacher.classifies_with.log_probabilities([example.content for example in examples])
    search: list[TextExample] = labelled_texts(lesson, "search", "a student") if "search" in lesson.splits else []
    run = TrainingRun(
        lesson,
        examples,
        recipe.as_read(search, preparation),
        teacher=Teacher(teacher_output, softening, share),
        layers=layers,
        basis=digest([teacher.model.identity, teacher_output.round(6).tolist()]),
    )
    model = recipe.altered(train_or_load(recipe, preparation, preparation.weights, run))
    subject = subject_with_head(model, lesson.task, preparation.engine, {})
    notes = (*subject.preparation_notes, *epoch_notes(recipe, run))
    return replace(subject, preparation_notes=notes, trained_on=trained_on(lesson))
