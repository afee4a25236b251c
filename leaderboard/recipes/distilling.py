"""Distilling: what a teacher says about the training examples is learned by a student."""

from dataclasses import replace

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.models.subject import Subject
from leaderboard.recipes.adapting import Lecture, epoch_notes, taught
from leaderboard.recipes.as_is import subject_of
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.trained import Trained
from leaderboard.recipes.trained_on import labelled, trained_on
from leaderboard.recipes.training.classification import Teacher


def distilled(
    recipe: Trained, preparation: Preparation, teacher: Subject, *, softening: float, share: float, layers: int | None
) -> Subject:
    """The subject of a student.

    Membership is not told: the student saw its training texts through the teacher too, which may know others.

    Args:
        recipe: how it is trained.
        preparation: what of.
        teacher: what it learns to say.
        softening: the temperature of both sides' probabilities.
        share: how much the teacher counts beside the labels.
        layers: of the body that are kept, the first ones; None keeps all.
    """
    lesson = preparation.lesson
    if teacher.classifier is None:
        raise NotMeasurableError(f"the teacher {teacher.model.name} does not classify, and only that can be distilled")
    examples = recipe.mitigated(labelled(lesson, "train", "a student"), preparation)
    said = teacher.classifier.log_probabilities([example.content for example in examples])
    search: list[TextExample] = labelled(lesson, "search", "a student") if "search" in lesson.splits else []
    lecture = Lecture(
        lesson,
        examples,
        search,
        teacher=Teacher(said, softening, share),
        layers=layers,
        basis=digest([teacher.model.identity, said.round(6).tolist()]),
    )
    model = recipe.altered(taught(recipe, preparation, preparation.model, lecture))
    subject = subject_of(model, lesson.task, preparation.engine, {})
    notes = (*subject.preparation_notes, *epoch_notes(recipe, lecture))
    return replace(subject, preparation_notes=notes, trained_on=trained_on(lesson))
