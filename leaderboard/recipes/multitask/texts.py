"""Texts of the tasks that are learned at once."""

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.training.learning_examples import labelled_texts
from leaderboard.training.preparation import Lesson

PURPOSE = "multi-task learning"


def task_texts(lesson: Lesson, *, measured: bool) -> list[TextExample]:
    """Return the labelled training texts of a task.

    Raises:
        NotMeasurableError: when the measured task has none.
        RequestError: when a further task has none.
    """
    try:
        return labelled_texts(lesson, "train", PURPOSE)
    except NotMeasurableError:
        if measured:
            raise
        raise RequestError(
            f"recipe.tasks: task '{lesson.task.name}' has no labelled training texts; name tasks that classify texts"
        ) from None
