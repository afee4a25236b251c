"""Trained subjects: a model with a fresh head is trained, saved as an ordinary folder of weights, and loaded again."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from transformers import PreTrainedModel

from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.model_files import folder_files
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.privacy_budget import PrivacyBudget
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Subject, Training
from leaderboard.cache.prepared_subjects import ensure_prepared, work_folder
from leaderboard.cache.subject_folders import read_record
from leaderboard.data.examples import ChoiceExample, Example, RunningText, TaggedExample, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.as_is.prepare import ANSWERS, subject_with_head
from leaderboard.recipes.fresh_head import FreshHead
from leaderboard.recipes.label_order import reorder_lesson
from leaderboard.recipes.trained_recipe import SequentialRecipe, TrainedRecipe
from leaderboard.tasks import protocol_of
from leaderboard.training.acceleration import Trackers
from leaderboard.training.adapters import merge_adapters
from leaderboard.training.distributed import train_on
from leaderboard.training.encoding import Encoder
from leaderboard.training.learning_examples import labelled_examples, trained_on
from leaderboard.training.log import TrainingLog
from leaderboard.training.objectives.classification import ClassificationObjective, Teacher
from leaderboard.training.objectives.language_modelling import LanguageModellingObjective
from leaderboard.training.objectives.multiple_choice import MultipleChoiceObjective
from leaderboard.training.objectives.objective import TrainingObjective
from leaderboard.training.objectives.tagging import TaggingObjective
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.setting_checks import shares_no_head

if TYPE_CHECKING:
    from leaderboard.recipes.multitask.task_heads import TaskHeads

_KINDS: Mapping[type[Example], ModelKind] = {
    RunningText: ModelKind.CAUSAL,
    **{example: kind for kind, example in ANSWERS.items()},
}
_WITHOUT_CLASSES = {ModelKind.CHOOSER, ModelKind.CAUSAL}

LOGS = Path("results") / "logs"
"""Folder in the working directory that trackers write to, with a subfolder per training."""
_REFERENCE = "reference"
"""Basis of the training of a reference model for membership attacks."""
_SHADOW = "shadow"
"""Beginning of the basis of the training of a shadow model."""


@dataclass(frozen=True)
class TrainingRun:
    """Task, examples and options of one training.

    Attributes:
        lesson: the task.
        train: training examples.
        search: examples that choose the best epoch; without any, the last epoch is kept.
        teacher: predictions of a teacher for `train`.
        layers: number of layers of the body that are kept, from the first one; None keeps all.
        basis: what else the result depends on, JSON-like.
        heads: heads of several tasks that are trained together; None for a single task.
    """

    lesson: Lesson
    train: Sequence[Example]
    search: Sequence[Example]
    teacher: Teacher | None = None
    layers: int | None = None
    basis: Any = None
    heads: "TaskHeads | None" = None


def prepare_trained(recipe: SequentialRecipe, preparation: Preparation) -> Subject:
    """Prepare the subject of a recipe that trains on its lesson, or on the lessons of its sequence in turn.

    The classifier after each lesson is kept, and a reference for membership attacks is trained when it is needed.
    """
    lessons = _with_shared_labels([preparation.lessons[name] for name in recipe.sequence] or [preparation.lesson])
    model, stages, seconds = preparation.weights, dict[str, Classifier](), 0.0
    for number, lesson in enumerate(lessons):
        _require_causal(lesson, preparation.weights)
        run = _training_run(recipe, preparation, lesson, lessons[:number])
        model = train_or_load(recipe, preparation, model, run)
        seconds += _log(model.folder).seconds
        subject = _trained_subject(recipe.altered(model), lesson, preparation)
        if subject.classifies_with is not None:
            stages[lesson.task.name] = subject.classifies_with
    return replace(
        subject,
        preparation_notes=(*subject.preparation_notes, *epoch_notes(recipe, run)),
        training=_training(recipe, preparation, lessons),
        trained_on=trained_on(*lessons),
        stages=stages if len(lessons) > 1 else {},
        privacy_budget=_privacy_budget(model.folder) if len(lessons) == 1 else None,
        training_seconds=seconds,
    )


def _trained_subject(model: LoadedModel, lesson: Lesson, preparation: Preparation) -> Subject:
    """Return the subject of trained weights: a causal model that learned running texts answers by itself."""
    if _example_type(lesson) is RunningText:
        return Subject(LocalModel(preparation.engine, model), unadapted=preparation.model)
    return subject_with_head(model, lesson.task, preparation.engine, {})


def _privacy_budget(folder: Path) -> PrivacyBudget | None:
    """Return the guarantee in the record of a training; None for one without noise."""
    privacy = _log(folder).privacy
    return None if privacy is None else PrivacyBudget(privacy.epsilon, privacy.delta)


def _log(folder: Path) -> TrainingLog:
    return TrainingLog.from_json(read_record(folder)["log"])


def epoch_notes(recipe: TrainedRecipe, run: TrainingRun) -> tuple[str, ...]:
    """Return the note that the kept weights are not those of the last epoch, where that is so."""
    if recipe.epochs == 1 or not run.search:
        return ()
    return (f"of {recipe.epochs} epochs the weights of the one that did best on the split `search` are kept",)


def train_or_load(recipe: TrainedRecipe, preparation: Preparation, base: LoadedModel, run: TrainingRun) -> LoadedModel:
    """Load the trained model from the cache, or train it now and keep it there."""
    key = preparation.key(
        base.identity,
        run.lesson.digest,
        recipe.learned(),
        recipe.helpers(preparation),
        run.layers,
        run.basis,
        *_encoding_mark(base, run),
    )

    def make(folder: Path) -> Mapping[str, Any]:
        return _train(recipe, preparation, base, run, folder=folder, key=key)

    folder = ensure_prepared(key, make)
    dtype = str(base.dtype).removeprefix("torch.")
    device = preparation.engine.device
    resolved = resolve(ModelReference.parse(str(folder)), dtype=dtype, device_type=device.type, offline=True)
    return load(replace(resolved, name=base.name, source=str(base.name)), device, spread=preparation.engine.spread)


def _encoding_mark(base: LoadedModel, run: TrainingRun) -> tuple[str, ...]:
    """Return the part of the cache key for word taggers of running text, which earlier versions trained differently."""
    tagged = _example_type(run.lesson) is TaggedExample
    return ("words of running text",) if tagged and base.word_encoder.reads_running_text else ()


def _train(
    recipe: TrainedRecipe, preparation: Preparation, base: LoadedModel, run: TrainingRun, *, folder: Path, key: str
) -> Mapping[str, Any]:
    """Train on all of the engine's devices, write the folder, and return the details of its record."""
    task, engine, tokenizer = run.lesson.task, preparation.engine, copy.deepcopy(base.tokenizer)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    kind = _KINDS[_example_type(run.lesson)]
    if kind is not ModelKind.CAUSAL:
        tokenizer.model_max_length = recipe.max_length  # so that whoever loads the folder reads as much as was learned
    make = FreshHead(
        folder=base.folder,
        files=dict(base.files or folder_files(base.folder)),
        name=base.name,
        kind=kind,
        labels=run.heads.labels if run.heads else () if kind in _WITHOUT_CLASSES else _label_names(run.lesson),
        pad_id=replace(base, tokenizer=tokenizer).pad_id,
        seed=preparation.seed,
        dropout=recipe.dropout,
        layers=run.layers,
        adapters=recipe.adapters,
        trained_layers=recipe.trained_layers,
    )
    module, log = train_on(
        [engine.device, *engine.replicas],
        make,
        _objective(recipe, replace(base, tokenizer=tokenizer), run),
        recipe,
        folder=work_folder(key),
        seed=preparation.seed,
        progress=engine.progress,
        trackers=Trackers(preparation.trackers, LOGS / key[:8]),
    )
    with quietly():
        trained = cast("PreTrainedModel", module) if recipe.adapters is None else merge_adapters(module)
        if run.heads is not None:
            run.heads.keep_measured(trained)
        trained.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return {
        "name": f"{base.name}/{recipe.recipe}({task.name})",
        "model": base.name,
        "model_digest": base.identity,
        "recipe": dict(recipe.details),
        "task": task.name,
        "seed": preparation.seed,
        "reference": run.basis == _REFERENCE,
        "log": log.to_json(),
    }


def _objective(recipe: TrainedRecipe, base: LoadedModel, run: TrainingRun) -> TrainingObjective:
    """Return the training objective for the examples."""
    encoder = Encoder.of(base, recipe.max_length)
    if run.heads is not None:
        return run.heads.objective(encoder, recipe)
    labels = _label_names(run.lesson)
    shared: dict[str, Any] = {"label_smoothing": recipe.label_smoothing, "class_weights": recipe.class_weights}
    example_type = _example_type(run.lesson)
    if example_type is TextExample:
        sides = [[each for each in side if isinstance(each, TextExample)] for side in (run.train, run.search)]
        return ClassificationObjective(encoder, len(labels), *sides, teacher=run.teacher, **shared)
    if example_type is RunningText:
        running = [[each for each in side if isinstance(each, RunningText)] for side in (run.train, run.search)]
        return LanguageModellingObjective(encoder, *running, **shared)
    if example_type is TaggedExample:
        tagged = [[each for each in side if isinstance(each, TaggedExample)] for side in (run.train, run.search)]
        return TaggingObjective(encoder, labels, *tagged, **shared)
    choice_examples = [[each for each in side if isinstance(each, ChoiceExample)] for side in (run.train, run.search)]
    return MultipleChoiceObjective(encoder, *choice_examples, **shared)


def _label_names(lesson: Lesson) -> tuple[str, ...]:
    return lesson.task.data.labels if lesson.task.data else ()


def _example_type(lesson: Lesson) -> type[Example]:
    example_type = protocol_of(lesson.task).example
    if example_type is None or example_type not in _KINDS:
        raise NotMeasurableError(f"task '{lesson.task.name}' is not one that a head can be trained for")
    return example_type


def _require_causal(lesson: Lesson, model: LoadedModel) -> None:
    if _example_type(lesson) is RunningText and model.kind is not ModelKind.CAUSAL:
        raise NotMeasurableError(
            f"task '{lesson.task.name}' trains a causal model to continue texts, and {model.name} is a {model.kind}"
        )


def _training_run(
    recipe: SequentialRecipe, preparation: Preparation, lesson: Lesson, earlier: Sequence[Lesson]
) -> TrainingRun:
    """Return the training on a lesson, with a share of each earlier lesson's examples among its own."""
    replay, seed = recipe.replay, preparation.seed
    own = labelled_examples(lesson, "train", "training")
    replayed = [
        example
        for lesson_before in earlier
        for example in _share(labelled_examples(lesson_before, "train", "replay"), replay, seed)
    ]
    search = labelled_examples(lesson, "search", "training") if "search" in lesson.splits else ()
    train = recipe.mitigated([*own, *replayed], preparation)
    return TrainingRun(
        lesson,
        train,
        recipe.as_read(search, preparation),
        basis=[[lesson_before.digest for lesson_before in earlier], replay],
    )


def _share(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    chosen = np.random.default_rng(seed).permutation(len(examples))[: round(share * len(examples))]
    return [examples[index] for index in sorted(chosen)]


def _training(recipe: TrainedRecipe, preparation: Preparation, lessons: Sequence[Lesson]) -> Training | None:
    """Return members and non-members of the last lesson, where it has some, and a reference for attacks."""
    lesson = lessons[-1]
    if _example_type(lesson) is not TextExample or not {"nonmembers", "search"} <= set(lesson.splits):
        return None

    # No split is left that could decide when to stop.
    without_stopping = recipe.model_copy(update={"early_stopping": 0})

    def train(examples: Sequence[Example], basis: Any, seed: int) -> Classifier:
        run = TrainingRun(lesson, recipe.mitigated(examples, preparation), (), basis=basis)
        model = train_or_load(without_stopping, replace(preparation, seed=seed), preparation.weights, run)
        return subject_with_head(recipe.altered(model), lesson.task, preparation.engine, {}).classifier()

    def shadow(examples: Sequence[TextExample], seed: int) -> Classifier:
        return train(examples, [_SHADOW, [[example.content, example.label] for example in examples]], seed)

    members, nonmembers, search = (
        [example for example in labelled_examples(lesson, split, "training") if isinstance(example, TextExample)]
        for split in ("train", "nonmembers", "search")
    )
    reference = cache(lambda: train(search, _REFERENCE, preparation.seed))
    return Training(members, nonmembers, reference, ShadowTraining(search, shadow, is_cheap=False))


def _with_shared_labels(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons with their labels in the order of the last lesson's, since they share one head.

    Raises:
        RequestError: when their labels are not the same set of names.
    """
    reordered = [reorder_lesson(lesson, _label_names(lessons[-1])) for lesson in lessons]
    if None in reordered:
        raise shares_no_head({lesson.task.name: _label_names(lesson) for lesson in lessons})
    return [lesson for lesson in reordered if lesson is not None]
