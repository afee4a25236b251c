"""Probe: a frozen body with a trained linear head."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from leaderboard.axes.finite import finite
from leaderboard.data.examples import TextExample
from leaderboard.engine.pooling import LAST_LAYER, Pooling
from leaderboard.errors import RequestError
from leaderboard.models.subject import Subject, Training
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.trained_on import labelled, trained_on
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from leaderboard.models.loaded import LoadedModel
    from leaderboard.recipes.head import Head

FloatArray = npt.NDArray[np.float64]


class Probe(Recipe):
    """Logistic regression on what a frozen body makes of each text.

    The features are computed once for each (model, text, layer, pooling), whatever is then learned from them.

    Attributes:
        max_length: tokens read of each text.
        layer: whose hidden states are read: -1 the last, 0 the embeddings.
        pooling: how the hidden states of a text become one vector.
        c: inverse strength of the L2 penalty; `chosen` takes the best of `candidates` by cross-validated log-loss.
        candidates: values of C to choose from.
        folds: of the inner cross-validation.
    """

    version: ClassVar[int] = 2

    recipe: Literal[RecipeName.PROBE] = RecipeName.PROBE
    max_length: Annotated[int, Field(ge=2)] = 128
    layer: Annotated[int, Field(ge=-1)] = LAST_LAYER
    pooling: Pooling = Pooling.MEAN
    c: Annotated[float, Field(gt=0)] | Literal["chosen"] = "chosen"
    candidates: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=2)] = (
        0.001,
        0.01,
        0.1,
        1.0,
        10.0,
    )
    folds: Annotated[int, Field(ge=2)] = 5

    def make(self, preparation: Preparation) -> Subject:
        """Train a head on `train`, and one of the same form on `search` as the reference of membership attacks."""
        from leaderboard.engine.features import Features  # noqa: PLC0415 - slow to import
        from leaderboard.recipes.probing import ProbeClassifier  # noqa: PLC0415

        task, splits = preparation.lesson.task, preparation.lesson.splits
        members = labelled(preparation.lesson, "train", "a probe")
        model = self.altered(preparation.model)
        self._check_layer(model)
        features = Features(
            preparation.engine, model, max_length=self.max_length, layer=self.layer, pooling=self.pooling
        )
        labels = task.data.labels if task.data else ()

        def classifier(examples: Sequence[TextExample], split: str) -> ProbeClassifier:
            key = preparation.key(self.model_dump(mode="json", exclude={"temperature"}), self.version, split)
            inputs = features.of([example.content for example in examples], what="features for the probe")
            truth = np.array([example.label for example in examples], dtype=np.intp)
            head = self._head(key, finite(inputs, model.name), truth, len(labels), seed=preparation.seed, split=split)
            return ProbeClassifier(model, features, head, labels)

        training = None
        if "nonmembers" in splits and "search" in splits:
            others = labelled(preparation.lesson, "search", "a probe")
            reference = cache(lambda: classifier(others, "search"))
            training = Training(members, labelled(preparation.lesson, "nonmembers", "a probe"), reference)
        return Subject(
            model, classifier(members, "train"), training=training, trained_on=trained_on(preparation.lesson)
        )

    def _head(
        self, key: str, inputs: FloatArray, truth: npt.NDArray[np.intp], classes: int, *, seed: int, split: str
    ) -> "Head":
        from leaderboard.recipes.head import Head, fit_head  # noqa: PLC0415 - slow to import

        path = cache_folder() / "heads" / f"{key}.safetensors"
        if (known := Head.load(path)) is not None:
            return known
        strengths = self.candidates if self.c == "chosen" else (self.c,)
        head = fit_head(inputs, truth, classes, strengths=strengths, folds=self.folds, seed=seed, split=split)
        head.save(path)
        return head

    def _check_layer(self, model: "LoadedModel") -> None:
        layers = int(model.body.config.num_hidden_layers)
        if self.layer > layers:
            raise RequestError(
                f"recipe.layer {self.layer}: {model.name} has {layers} layers\n  Valid: -1 (the last), 0 to {layers}"
            )
