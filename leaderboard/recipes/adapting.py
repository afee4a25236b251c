"""Adapting: a model gets a fresh head, is trained, and becomes an ordinary folder of weights that is loaded again."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from transformers import PreTrainedModel

from leaderboard.data.examples import ChoiceExample, Example, TaggedExample, TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.loading import load
from leaderboard.models.quiet import quietly
from leaderboard.models.reference import ModelReference, resolve
from leaderboard.models.subject import Classifier, Subject, Training
from leaderboard.recipes.as_is import ANSWERS, subject_of
from leaderboard.recipes.fresh_head import FreshHead
from leaderboard.recipes.label_order import lesson_under
from leaderboard.recipes.preparation import Lesson, Preparation
from leaderboard.recipes.prepared import prepared, work_folder
from leaderboard.recipes.trained import Trained, TrainedInTurn
from leaderboard.recipes.trained_on import examples_of, trained_on
from leaderboard.recipes.training.acceleration import Trackers
from leaderboard.recipes.training.adapters import merge
from leaderboard.recipes.training.choice import MultipleChoice
from leaderboard.recipes.training.classification import Classification, Teacher
from leaderboard.recipes.training.encoding import Encoder
from leaderboard.recipes.training.launch import train_on
from leaderboard.recipes.training.objective import Objective
from leaderboard.recipes.training.tagging import Tagging
from leaderboard.tasks import protocol_of

_KINDS = {example: kind for kind, example in ANSWERS.items()}

LOGS = Path("results") / "logs"
"""Where trackers write, in the working directory: a folder a training."""
_REFERENCE = "reference"
"""The basis of a training for membership attacks."""


@dataclass(frozen=True)
class Lecture:
    """One training: what is learned, from where, and what tells which epoch was best.

    Attributes:
        lesson: the task.
        train: examples that are learned from.
        search: examples that choose among epochs; none keeps the last.
        teacher: what another model says about `train`.
        layers: of the body that are kept, the first ones; None keeps all.
        basis: what else the result depends on, JSON-like.
    """

    lesson: Lesson
    train: Sequence[Example]
    search: Sequence[Example]
    teacher: Teacher | None = None
    layers: int | None = None
    basis: Any = None


def adapted(recipe: TrainedInTurn, preparation: Preparation) -> Subject:
    """The subject of a recipe that trains: on its lesson, or on those of its sequence in turn.

    Its stages are kept, and a reference for membership attacks is trained when one asks for it.
    """
    lessons = _under_one_head([preparation.lessons[name] for name in recipe.sequence] or [preparation.lesson])
    model, stages = preparation.model, dict[str, Classifier]()
    for number, lesson in enumerate(lessons):
        lecture = _lecture(recipe, preparation, lesson, lessons[:number])
        model = taught(recipe, preparation, model, lecture)
        subject = subject_of(recipe.altered(model), lesson.task, preparation.engine, {})
        if subject.classifier is not None:
            stages[lesson.task.name] = subject.classifier
    return replace(
        subject,
        training=_training(recipe, preparation, lessons),
        trained_on=trained_on(*lessons),
        stages=stages if len(lessons) > 1 else {},
    )


def taught(recipe: Trained, preparation: Preparation, base: LoadedModel, lecture: Lecture) -> LoadedModel:
    """A model after a lecture: from the cache, or trained now and kept there."""
    key = preparation.key(
        base.identity,
        lecture.lesson.digest,
        recipe.learned(),
        recipe.helpers(preparation),
        lecture.layers,
        lecture.basis,
    )

    def make(folder: Path) -> Mapping[str, Any]:
        return _train(recipe, preparation, base, lecture, folder=folder, key=key)

    folder = prepared(key, make)
    dtype = str(base.dtype).removeprefix("torch.")
    device = preparation.engine.device
    found = resolve(ModelReference.parse(str(folder)), dtype=dtype, device_type=device.type, offline=True)
    return load(replace(found, name=base.name, source=str(base.name)), device, spread=preparation.engine.spread)


def _train(
    recipe: Trained, preparation: Preparation, base: LoadedModel, lecture: Lecture, *, folder: Path, key: str
) -> Mapping[str, Any]:
    """Train, on all of the engine's devices, and write the folder; gives what is told about it."""
    task, engine, tokenizer = lecture.lesson.task, preparation.engine, copy.deepcopy(base.tokenizer)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.model_max_length = recipe.max_length  # so that whoever loads the folder reads as much as was trained on
    kind = _KINDS[_asked(lecture.lesson)]
    make = FreshHead(
        folder=base.folder,
        name=base.name,
        kind=kind,
        labels=_labels(lecture.lesson) if kind is not ModelKind.CHOOSER else (),
        pad_id=tokenizer.pad_token_id or 0,
        seed=preparation.seed,
        dropout=recipe.dropout,
        layers=lecture.layers,
        adapters=recipe.adapters,
        trained_layers=recipe.trained_layers,
    )
    module, log = train_on(
        [engine.device, *engine.replicas],
        make,
        _objective(recipe, replace(base, tokenizer=tokenizer), lecture),
        recipe,
        folder=work_folder(key),
        seed=preparation.seed,
        progress=engine.progress,
        trackers=Trackers(preparation.trackers, LOGS / key[:8]),
    )
    with quietly():
        trained = cast("PreTrainedModel", module) if recipe.adapters is None else merge(module)
        trained.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return {
        "name": f"{base.name}/{recipe.recipe}({task.name})",
        "model": base.name,
        "model_digest": base.identity,
        "recipe": dict(recipe.details),
        "task": task.name,
        "seed": preparation.seed,
        "reference": lecture.basis == _REFERENCE,
        "log": log.to_json(),
    }


def _objective(recipe: Trained, base: LoadedModel, lecture: Lecture) -> Objective:
    """What the lesson's examples teach."""
    encoder = Encoder.of(base, recipe.max_length)
    labels = _labels(lecture.lesson)
    shared: dict[str, Any] = {"label_smoothing": recipe.label_smoothing, "class_weights": recipe.class_weights}
    asked = _asked(lecture.lesson)
    if asked is TextExample:
        sides = [[each for each in side if isinstance(each, TextExample)] for side in (lecture.train, lecture.search)]
        return Classification(encoder, len(labels), *sides, teacher=lecture.teacher, **shared)
    if asked is TaggedExample:
        tagged = [
            [each for each in side if isinstance(each, TaggedExample)] for side in (lecture.train, lecture.search)
        ]
        return Tagging(encoder, labels, *tagged, **shared)
    asking = [[each for each in side if isinstance(each, ChoiceExample)] for side in (lecture.train, lecture.search)]
    return MultipleChoice(encoder, *asking, **shared)


def _labels(lesson: Lesson) -> tuple[str, ...]:
    return lesson.task.data.labels if lesson.task.data else ()


def _asked(lesson: Lesson) -> type[Example]:
    asked = protocol_of(lesson.task).example
    if asked not in _KINDS:
        raise NotMeasurableError(f"task '{lesson.task.name}' is not one that a head can be trained for")
    return asked


def _lecture(recipe: TrainedInTurn, preparation: Preparation, lesson: Lesson, earlier: Sequence[Lesson]) -> Lecture:
    """A lesson, with a share of each earlier one's examples among its own."""
    replay, seed = recipe.replay, preparation.seed
    own = examples_of(lesson, "train", "training")
    again = [example for before in earlier for example in _share(examples_of(before, "train", "replay"), replay, seed)]
    search = examples_of(lesson, "search", "training") if "search" in lesson.splits else ()
    train = recipe.mitigated([*own, *again], preparation)
    return Lecture(lesson, train, search, basis=[[before.digest for before in earlier], replay])


def _share(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    chosen = np.random.default_rng(seed).permutation(len(examples))[: round(share * len(examples))]
    return [examples[index] for index in sorted(chosen)]


def _training(recipe: Trained, preparation: Preparation, lessons: Sequence[Lesson]) -> Training | None:
    """Members and non-members of the last lesson, where it keeps some, and a reference trained on its search split."""
    lesson = lessons[-1]
    if _asked(lesson) is not TextExample or not {"nonmembers", "search"} <= set(lesson.splits):
        return None

    @cache
    def reference() -> Classifier:
        others = recipe.mitigated(examples_of(lesson, "search", "a reference"), preparation)
        patient = recipe.model_copy(update={"early_stopping": 0})  # no split is left to tell it when to stop
        model = taught(patient, preparation, preparation.model, Lecture(lesson, others, (), basis=_REFERENCE))
        return subject_of(recipe.altered(model), lesson.task, preparation.engine, {}).classify()

    members, outside = (
        [example for example in examples_of(lesson, split, "training") if isinstance(example, TextExample)]
        for split in ("train", "nonmembers")
    )
    return Training(members, outside, reference)


def _under_one_head(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons with the labels of all in the order of the last one's, since one head learns them in turn.

    Raises:
        RequestError: when their labels are not the same set of names.
    """
    ordered = [lesson_under(lesson, _labels(lessons[-1])) for lesson in lessons]
    if None in ordered:
        said = "; ".join(f"{lesson.task.name}: {', '.join(_labels(lesson))}" for lesson in lessons)
        raise RequestError(f"recipe.sequence: its tasks have other labels ({said}); one head learns them all")
    return [lesson for lesson in ordered if lesson is not None]
