"""As is: a model that already has a head for the task."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from leaderboard.data.examples import ChoiceExample, Example, TaggedExample, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine
    from leaderboard.tasks import Task

ANSWERS: Mapping[ModelKind, type[Example]] = {
    ModelKind.CLASSIFIER: TextExample,
    ModelKind.TAGGER: TaggedExample,
    ModelKind.CHOOSER: ChoiceExample,
}
"""What each kind of head is asked about."""


class AsIs(Recipe):
    """Nothing is trained: the model's own head answers, the names of its classes read as the task's.

    Attributes:
        labels: class of the head to label of the task, where their names differ; several may stand for one label.
    """

    recipe: Literal[RecipeName.AS_IS] = RecipeName.AS_IS
    labels: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it

    @property
    def learns(self) -> bool:
        """It does not."""
        return False

    def make(self, preparation: Preparation) -> Subject:
        """The model with its own head."""
        model = self.altered(preparation.model)
        return subject_of(model, preparation.lesson.task, preparation.engine, self.labels)


def subject_of(model: LoadedModel, task: "Task", engine: "Engine", labels: Mapping[str, str]) -> Subject:
    """A subject that answers with the model's own head.

    Raises:
        NotMeasurableError: when the head is not one for such a task, or its classes are not the task's.
    """
    from leaderboard.recipes.heads import HeadChooser, HeadClassifier, HeadTagger  # noqa: PLC0415 - slow to import
    from leaderboard.recipes.labels import map_labels  # noqa: PLC0415
    from leaderboard.tasks import protocol_of  # noqa: PLC0415

    asked = protocol_of(task).example
    if model.kind not in ANSWERS:
        raise NotMeasurableError(
            f"{model.name} has no head for '{task.name}'; adapt it with --recipe probe or --recipe finetune"
        )
    if ANSWERS[model.kind] is not asked:
        raise NotMeasurableError(
            f"{model.name} is a {model.kind}, and '{task.name}' asks something else of it; "
            "adapt it with --recipe finetune"
        )
    if model.kind is ModelKind.CHOOSER:
        return Subject(model, chooser=HeadChooser(engine, model))
    classes = task.data.labels if task.data else ()
    mapping = map_labels(model.labels, classes, labels, model=model.name, name=task.name)
    if model.kind is ModelKind.TAGGER:
        return Subject(model, tagger=HeadTagger(engine, model, mapping))
    return Subject(model, HeadClassifier(engine, model, mapping))
