"""Preparation by Reptile: the meta-trained body is kept in the cache, then fine-tuned on a few labels."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from transformers import PreTrainedModel

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.model_files import folder_files
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.subject import Subject
from leaderboard.cache.prepared_subjects import ensure_prepared
from leaderboard.recipes.as_is.prepare import subject_with_head
from leaderboard.recipes.fresh_head import FreshHead
from leaderboard.recipes.reptile import Reptile
from leaderboard.recipes.reptile.shots import few_texts, texts_by_class
from leaderboard.recipes.trained_subjects import TrainingRun, train_or_load
from leaderboard.training.encoding import Encoder
from leaderboard.training.learning_examples import trained_on
from leaderboard.training.objectives.classification import encode
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.reptile import MetaSettings, meta_train


def prepare_reptile(recipe: Reptile, preparation: Preparation) -> Subject:
    """Prepare the subject of the measured task. Membership attacks are not supported: no reference is trained.

    Raises:
        NotMeasurableError: when the measured task has no labelled texts.
        RequestError: when another task has none, or a class of a task has fewer than `shots`.
        LeaderboardError: when a training diverges.
    """
    lesson, others = preparation.lesson, [preparation.lessons[name] for name in recipe.tasks]
    examples = few_texts(recipe, lesson, preparation.seed)
    body = _meta_trained(recipe, preparation, others) if recipe.meta_iterations else preparation.weights
    run = TrainingRun(
        lesson,
        recipe.mitigated(examples, preparation),
        (),
        basis=["shots", recipe.shots, [other.digest for other in others]],
    )
    model = recipe.altered(train_or_load(recipe, preparation, body, run))
    subject = subject_with_head(model, lesson.task, preparation.engine, {})
    note = f"{recipe.shots} training texts of each class were learned, after {recipe.meta_iterations} meta iterations"
    notes = (*subject.preparation_notes, note)
    return replace(subject, preparation_notes=notes, trained_on=trained_on(lesson, *others))


def _meta_trained(recipe: Reptile, preparation: Preparation, lessons: Sequence[Lesson]) -> LoadedModel:
    """Return the model with the meta-trained body, from the cache or trained now."""
    base, engine = preparation.weights, preparation.engine
    # The body does not depend on the measured task.
    shared = replace(preparation, lesson=lessons[0])
    key = shared.key("reptile", base.identity, [lesson.digest for lesson in lessons], recipe.meta_details())

    def make(folder: Path) -> Mapping[str, Any]:
        return _meta_train(recipe, preparation, lessons, folder)

    resolved = resolve(
        ModelReference.parse(str(ensure_prepared(key, make))),
        dtype=str(base.dtype).removeprefix("torch."),
        device_type=engine.device.type,
        offline=True,
    )
    return load(replace(resolved, name=base.name, source=str(base.name)), engine.device, spread=engine.spread)


def _meta_train(
    recipe: Reptile, preparation: Preparation, lessons: Sequence[Lesson], folder: Path
) -> Mapping[str, Any]:
    """Meta-train on the first device, write the folder of the body, and return the details of its record."""
    base, tokenizer = preparation.weights, copy.deepcopy(preparation.weights.tokenizer)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    base = replace(base, tokenizer=tokenizer)
    encoder = Encoder.of(base, recipe.max_length)
    tasks = [[encode(encoder, texts) for texts in texts_by_class(recipe, lesson)] for lesson in lessons]
    classes = max(map(len, tasks))
    factory = FreshHead(
        folder=base.folder,
        files=dict(base.files or folder_files(base.folder)),
        name=base.name,
        kind=ModelKind.CLASSIFIER,
        labels=tuple(f"class {number}" for number in range(classes)),
        pad_id=base.pad_id,
        seed=preparation.seed,
        dropout=recipe.dropout,
        layers=None,
        adapters=None,
        trained_layers=None,
    )
    module = cast("PreTrainedModel", factory().to(preparation.engine.device))
    details = recipe.meta_details()
    settings = MetaSettings(**{name: details[name] for name in MetaSettings.__dataclass_fields__})
    seed, progress = preparation.seed, preparation.engine.progress
    meta_train(module, tasks, settings, pad_id=base.pad_id, seed=seed, progress=progress)
    with quietly():
        cast("PreTrainedModel", module.base_model).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return {
        "name": f"{base.name}/{recipe.recipe}",
        "model": base.name,
        "model_digest": base.identity,
        "recipe": dict(recipe.details),
        "task": ", ".join(recipe.tasks),
        "seed": preparation.seed,
    }
