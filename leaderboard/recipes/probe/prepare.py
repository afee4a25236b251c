"""Preparation of a probe: a linear head is trained on the features of a frozen body, or loaded from the cache."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.model import Model
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Subject, Training
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.use_marks import touch
from leaderboard.data.examples import Text, TextExample
from leaderboard.mitigations.stages import AnswerMitigation, FeatureMitigation, HeadMitigation, InputMitigation
from leaderboard.recipes.learning_recipe import TEXT_STAGES
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.probe.attribution import AttributingProbe
from leaderboard.recipes.probe.classifier import ProbeClassifier, features_of
from leaderboard.settings import cache_folder
from leaderboard.training.learning_examples import labelled_texts, trained_on
from leaderboard.training.linear_head import STRENGTH, Head, HeadProblem, check_counts
from leaderboard.training.preparation import Preparation


def prepare_probe(recipe: Probe, preparation: Preparation) -> Subject:
    """Prepare the subject of a probe, with a reference for membership attacks where its task has non-members.

    Raises:
        NotMeasurableError: when the task has too few labelled texts, or the model gives no hidden states.
        RequestError: when the model has no such layer.
    """
    task, splits = preparation.lesson.task, preparation.lesson.splits
    members = labelled_texts(preparation.lesson, "train", "a probe")
    model = recipe.altered_model(preparation)
    states = model.hidden_states()
    recipe.check_layers(states.layers, model.name)  # some may have been removed
    labels = task.data.labels if task.data else ()

    # The reference of an attack is a head of the same form, on the same projection of the features.
    projection = cache(lambda: _projection(recipe, states, members))

    def learn(examples: Sequence[TextExample], split: str, strengths: Sequence[float], seed: int) -> Head:
        training_examples = recipe.mitigated(examples, preparation)
        truth = np.array([example.label for example in training_examples], dtype=np.intp)
        check_counts(truth, len(labels), recipe.folds if len(strengths) > 1 else 1, split, names=labels)
        contents = [example.content for example in training_examples]
        inputs = features_of(recipe, states, contents, work="features for the probe")
        problem = HeadProblem(
            inputs=require_finite(inputs, model.name),
            truth=truth,
            classes=len(labels),
            strengths=strengths,
            folds=recipe.folds,
            seed=seed,
            split=split,
        )
        return _fit_head(recipe, problem, projection())

    def kept_head(examples: Sequence[TextExample], split: str) -> Head:
        settings = recipe.model_dump(mode="json", exclude=recipe.settings_of(AnswerMitigation))
        versions = recipe.mitigation_versions(*TEXT_STAGES, InputMitigation, FeatureMitigation, HeadMitigation)
        parts = [settings, recipe.helpers(preparation), recipe.version, split, *versions.values()]
        strengths = recipe.candidates if recipe.c == "chosen" else (recipe.c,)
        return _load_or_learn(preparation.key(*parts), lambda: learn(examples, split, strengths, preparation.seed))

    head = kept_head(members, "train")
    training = None
    if "nonmembers" in splits and "search" in splits:
        search_texts = labelled_texts(preparation.lesson, "search", "a probe")
        reference = cache(lambda: _with_head(recipe, model, kept_head(search_texts, "search"), labels))
        strength = cache(lambda: _strength(recipe, head, lambda: learn(members, "train", recipe.candidates, 0)))

        def shadow(examples: Sequence[TextExample], seed: int) -> ProbeClassifier:
            return ProbeClassifier(recipe, states, learn(examples, "train", (strength(),), seed), labels)

        nonmembers = labelled_texts(preparation.lesson, "nonmembers", "a probe")
        training = Training(members, nonmembers, reference, ShadowTraining(search_texts, shadow, is_cheap=True))
    classifier = _with_head(recipe, model, head, labels)
    return Subject(
        model,
        classifier,
        training=training,
        trained_on=trained_on(preparation.lesson),
        privacy_budget=classifier.privacy_budget,
    )


def _strength(recipe: Probe, head: Head, learn: Callable[[], Head]) -> float:
    """Return the C that a head was trained with; heads of earlier versions do not name it, and it is chosen again."""
    if recipe.c != "chosen":
        return recipe.c
    return float(head.about.get(STRENGTH) or learn().about[STRENGTH])


def _with_head(recipe: Probe, model: Model, head: Head, labels: tuple[str, ...]) -> ProbeClassifier:
    """Return the classifier, which attributes its answers to words where the body's weights are on this machine."""
    if isinstance(model, LocalModel):
        return AttributingProbe(recipe, model, head, labels)
    return ProbeClassifier(recipe, model.hidden_states(), head, labels)


def _projection(recipe: Probe, states: HiddenStates, examples: Sequence[TextExample]) -> FloatArray | None:
    """Return the projection of the features by the mitigations; None without any."""
    projection: FloatArray | None = None
    texts = [example.content for example in examples]
    for each in recipe.mitigations(FeatureMitigation):
        features_so_far = partial(_project_features, recipe, states, projection)
        next_projection = each.projection(texts, features_so_far)
        projection = next_projection if projection is None else projection @ next_projection
    return projection


def _fit_head(recipe: Probe, problem: HeadProblem, projection: FloatArray | None) -> Head:
    """Fit a head on the projected features of a problem; it applies to the features themselves."""
    projected = problem if projection is None else replace(problem, inputs=problem.inputs @ projection)
    changes = recipe.mitigations(HeadMitigation)
    head = changes[0].fit(projected) if changes else projected.fit()
    return head if projection is None else head.with_projection(projection)


def _project_features(
    recipe: Probe, states: HiddenStates, projection: FloatArray | None, texts: Sequence[Text]
) -> FloatArray:
    """Return features of texts after the projections so far."""
    features_of_texts = features_of(recipe, states, texts, work="features of texts that name a group")
    return features_of_texts if projection is None else features_of_texts @ projection


def _load_or_learn(key: str, learn: Callable[[], Head]) -> Head:
    """Load the head with a key from the cache, or train it now."""
    path = cache_folder() / CacheKind.HEADS / f"{key}.safetensors"
    if (kept_head := Head.load(path)) is not None:
        touch(path)
        return kept_head
    head = learn()
    head.save(path)
    return head
