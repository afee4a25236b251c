"""Preparation of a model as it is: its own head answers, with class names mapped to the task's labels."""

from collections.abc import Mapping
from dataclasses import replace

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example, TaggedExample, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.as_is.heads import HeadChooser, HeadClassifier, HeadTagger
from leaderboard.recipes.labels import map_labels
from leaderboard.recipes.span_tagger import span_tagger_across_schemes, with_iob1_support
from leaderboard.tasks import Task, protocol_of
from leaderboard.training.preparation import Preparation

ANSWERS: Mapping[ModelKind, type[Example]] = {
    ModelKind.CLASSIFIER: TextExample,
    ModelKind.TAGGER: TaggedExample,
    ModelKind.CHOOSER: ChoiceExample,
}
"""Examples that each kind of head answers."""
_OTHER_HEADS: Mapping[str, str] = {
    "multi_label_classification": "answers yes or no for each label by itself (multi_label_classification)",
    "regression": "predicts a number (problem_type regression)",
}
"""Problem types of `transformers` whose outputs are not one class of several."""


def prepare_as_is(recipe: AsIs, preparation: Preparation) -> Subject:
    """Return the model with its own head; tags in IOB1 are converted to IOB2."""
    model = recipe.altered(preparation.weights)
    subject = subject_with_head(model, preparation.lesson.task, preparation.engine, recipe.labels)
    return subject if subject.tags_with is None else replace(subject, tags_with=with_iob1_support(subject.tags_with))


def subject_with_head(model: LoadedModel, task: Task, engine: Engine, labels: Mapping[str, str]) -> Subject:
    """Return a subject that answers with the model's own head.

    Raises:
        NotMeasurableError: when the head does not fit the task, or its classes are not the task's.
    """
    example_type = protocol_of(task).example
    if model.kind not in ANSWERS:
        raise NotMeasurableError(
            f"{model.name} has no head for '{task.name}'; adapt it with --recipe probe or --recipe finetune"
        )
    # Questions of tasks about bias are questions, too. A text of another kind needs more than a class.
    is_question = example_type is not None and issubclass(example_type, ChoiceExample)
    if ANSWERS[model.kind] is not (ChoiceExample if is_question else example_type):
        raise NotMeasurableError(
            f"{model.name} is a {model.kind}, which does not fit task '{task.name}'; adapt it with --recipe finetune"
        )
    refuse_other_heads(model)
    local = LocalModel(engine, model)
    if model.kind is ModelKind.CHOOSER:
        return Subject(local, chooses_with=HeadChooser(engine, model))
    classes = task.data.labels if task.data else ()
    if model.kind is ModelKind.TAGGER and not labels and (tagger := span_tagger_across_schemes(engine, model, classes)):
        return Subject(local, tags_with=tagger)
    mapping = map_labels(model.labels, classes, labels, model=model.name, name=task.name)
    if model.kind is ModelKind.TAGGER:
        return Subject(local, tags_with=HeadTagger(engine, model, mapping))
    return Subject(local, HeadClassifier(engine, model, mapping))


def refuse_other_heads(model: LoadedModel) -> None:
    """Check that a head gives each text or word one class of several.

    Raises:
        NotMeasurableError: for a multi-label head or a regression head, whose outputs are not logits of exclusive
            classes: a softmax over them would not give probabilities.
    """
    kind = getattr(model.module.config, "problem_type", None)
    if model.kind is ModelKind.CHOOSER or (kind not in _OTHER_HEADS and len(model.labels) > 1):
        return
    reason = _OTHER_HEADS.get(str(kind), "has a single output, a number or score, and no classes to choose from")
    raise NotMeasurableError(
        f"the head of {model.name} {reason}; its body can be measured with --recipe probe or --recipe finetune"
    )
