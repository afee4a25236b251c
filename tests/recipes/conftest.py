import pytest

from leaderboard.recipes.recipe import Lesson, Preparation


@pytest.fixture
def preparing(engine):
    """Makes what a recipe works with, of a model, a task and its splits."""

    def make(model, task, splits, **more):
        lesson = Lesson(task, task.digest, splits)
        given = {"seed": 0, "lessons": {task.name: lesson}} | more
        return Preparation(model=model, lesson=lesson, engine=engine, **given)

    return make
