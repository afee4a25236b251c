"""Distilling: what a teacher says about the training examples is learned by a student."""

from dataclasses import replace

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.models.subject import Subject
from leaderboard.recipes.adapting import Lecture, taught
from leaderboard.recipes.as_is import subject_of
from leaderboard.recipes.distill import Distill
from leaderboard.recipes.recipe import Preparation
from leaderboard.recipes.trained_on import labelled, trained_on
from leaderboard.recipes.training.classification import Teacher


def distilled(recipe: Distill, preparation: Preparation) -> Subject:
    """The subject of a student.

    Membership is not told: the student saw its training texts through the teacher too, which may know others.
    """
    lesson = preparation.lesson
    teacher = recipe.teacher_recipe.prepare(replace(preparation, model=preparation.models[recipe.teacher]))
    if teacher.classifier is None:
        raise NotMeasurableError(f"the teacher {teacher.model.name} does not classify, and only that can be distilled")
    examples = labelled(lesson, "train", "a student")
    said = teacher.classifier.log_probabilities([example.content for example in examples])
    search: list[TextExample] = labelled(lesson, "search", "a student") if "search" in lesson.splits else []
    lecture = Lecture(
        lesson,
        examples,
        search,
        teacher=Teacher(said, recipe.softening, recipe.teacher_share),
        layers=recipe.layers,
        basis=digest([teacher.model.identity, said.round(6).tolist()]),
    )
    model = recipe.altered(taught(recipe, preparation, preparation.model, lecture))
    subject = subject_of(model, lesson.task, preparation.engine, {})
    return replace(subject, trained_on=trained_on(lesson))
