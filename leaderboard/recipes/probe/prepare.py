"""Preparation of a probe: a linear head is trained on the features of a frozen body, or loaded from the cache."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.axes.finite import require_finite
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.model import Model
from leaderboard.backends.subject import Subject, Training
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.use_marks import touch
from leaderboard.data.examples import Text, TextExample
from leaderboard.mitigations.stages import AnswerMitigation, FeatureMitigation, HeadMitigation
from leaderboard.recipes.learning_recipe import TEXT_STAGES
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.probe.attribution import AttributingProbe
from leaderboard.recipes.probe.classifier import ProbeClassifier, features_of
from leaderboard.settings import cache_folder
from leaderboard.training.learning_examples import labelled_texts, trained_on
from leaderboard.training.linear_head import Head, HeadProblem, check_counts
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

    def classifier(examples: Sequence[TextExample], split: str) -> ProbeClassifier:
        def learn() -> Head:
            training_examples = recipe.mitigated(examples, preparation)
            truth = np.array([example.label for example in training_examples], dtype=np.intp)
            check_counts(truth, len(labels), recipe.folds if recipe.c == "chosen" else 1, split, names=labels)
            contents = [example.content for example in training_examples]
            inputs = features_of(recipe, states, contents, work="features for the probe")
            features_of_texts = require_finite(inputs, model.name)
            return _fit_head(
                recipe, features_of_texts, truth, len(labels), projection(), seed=preparation.seed, split=split
            )

        settings = recipe.model_dump(mode="json", exclude=recipe.settings_of(AnswerMitigation))
        versions = recipe.mitigation_versions(*TEXT_STAGES, FeatureMitigation, HeadMitigation)
        parts = [settings, recipe.helpers(preparation), recipe.version, split, *versions.values()]
        head = _load_or_learn(preparation.key(*parts), learn)
        return _with_head(recipe, model, head, labels)

    training = None
    if "nonmembers" in splits and "search" in splits:
        search_texts = labelled_texts(preparation.lesson, "search", "a probe")
        reference = cache(lambda: classifier(search_texts, "search"))
        training = Training(members, labelled_texts(preparation.lesson, "nonmembers", "a probe"), reference)
    trained = classifier(members, "train")
    return Subject(
        model,
        trained,
        training=training,
        trained_on=trained_on(preparation.lesson),
        privacy_budget=trained.privacy_budget,
    )


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


def _fit_head(
    recipe: Probe,
    inputs: FloatArray,
    truth: npt.NDArray[np.intp],
    classes: int,
    projection: FloatArray | None,
    *,
    seed: int,
    split: str,
) -> Head:
    projected = inputs if projection is None else inputs @ projection
    strengths = recipe.candidates if recipe.c == "chosen" else (recipe.c,)
    problem = HeadProblem(
        inputs=projected,
        truth=truth,
        classes=classes,
        strengths=strengths,
        folds=recipe.folds,
        seed=seed,
        split=split,
    )
    changes = recipe.mitigations(HeadMitigation)
    head = changes[0].fit(problem) if changes else problem.fit()
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
