"""Probe: a frozen body with a trained linear head."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from leaderboard.axes.finite import finite
from leaderboard.data.examples import TextExample
from leaderboard.engine.pooling import LAST_LAYER, Pooling
from leaderboard.errors import RequestError
from leaderboard.models.subject import Subject, Training
from leaderboard.recipes.mitigations.learning_data import LearningData
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.trained_on import labelled, trained_on
from leaderboard.settings import cache_folder

if TYPE_CHECKING:
    from leaderboard.engine.features import Features
    from leaderboard.models.loaded import LoadedModel
    from leaderboard.recipes.head import Head

FloatArray = npt.NDArray[np.float64]


class Probe(LearningData, Recipe):
    """Logistic regression on what a frozen body makes of each text.

    The features are computed once for each (model, text, layer, pooling), whatever is then learned from them.

    Attributes:
        max_length: tokens read of each text.
        layer: whose hidden states are read: -1 the last, 0 the embeddings.
        pooling: how the hidden states of a text become one vector.
        c: inverse strength of the L2 penalty; `chosen` takes the best of `candidates` by cross-validated log-loss.
        candidates: values of C to choose from.
        folds: of the inner cross-validation.
        mixup: learn from examples between two others, alpha of the Beta(alpha, alpha) that says how far; 0 is off.
        dp_noise: learn by DP-SGD with this much noise, in units of `dp_clip`; 0 is off.
        dp_clip: longest gradient of one example in DP-SGD; none is longer than 2.
        debias_directions: directions taken out of the features that tell a text from its copy with the group
            exchanged, for each pair of groups that 20 training texts or more name; 0 is off.
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
    mixup: Annotated[float, Field(ge=0)] = 0.0
    dp_noise: Annotated[float, Field(ge=0)] = 0.0
    dp_clip: Annotated[float, Field(gt=0)] = 1.0
    debias_directions: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _nothing_else_looks_at_private_examples(self) -> "Probe":
        if self.dp_noise and (self.c == "chosen" or self.mixup or self.debias_directions):
            raise ValueError(
                "dp_noise goes with a number for `c`, without `mixup` and without `debias_directions`: "
                "each of those learns from examples without noise, and the guarantee would not hold"
            )
        self.refuse_noise(self.dp_noise)
        return self

    def make(self, preparation: Preparation) -> Subject:
        """Train a head on `train`, and one of the same form on `search` as the reference of membership attacks."""
        from leaderboard.engine.features import Features  # noqa: PLC0415 - slow to import
        from leaderboard.recipes.head import check_counts  # noqa: PLC0415
        from leaderboard.recipes.probing import ProbeClassifier  # noqa: PLC0415

        task, splits = preparation.lesson.task, preparation.lesson.splits
        members = labelled(preparation.lesson, "train", "a probe")
        model = self.altered(preparation.model)
        self._check_layer(model)
        features = Features(
            preparation.engine, model, max_length=self.max_length, layer=self.layer, pooling=self.pooling
        )
        labels = task.data.labels if task.data else ()

        # The reference of an attack is a head of the same form: it looks at the same part of the features.
        projection = cache(lambda: self._projection(features, members))

        def classifier(examples: Sequence[TextExample], split: str) -> ProbeClassifier:
            def learn() -> "Head":
                learned_from = self.mitigated(examples, preparation)
                truth = np.array([example.label for example in learned_from], dtype=np.intp)
                check_counts(truth, len(labels), self.folds if self.c == "chosen" else 1, split, names=labels)
                inputs = features.of([example.content for example in learned_from], what="features for the probe")
                seen = finite(inputs, model.name)
                return self._learn(seen, truth, len(labels), projection(), seed=preparation.seed, split=split)

            learned = self.model_dump(mode="json", exclude={"temperature", "group_thresholds"})
            head = _kept(preparation.key(learned, self.helpers(preparation), self.version, split), learn)
            return ProbeClassifier(model, features, head, labels)

        training = None
        if "nonmembers" in splits and "search" in splits:
            others = labelled(preparation.lesson, "search", "a probe")
            reference = cache(lambda: classifier(others, "search"))
            training = Training(members, labelled(preparation.lesson, "nonmembers", "a probe"), reference)
        return Subject(
            model, classifier(members, "train"), training=training, trained_on=trained_on(preparation.lesson)
        )

    def _projection(self, features: "Features", examples: Sequence[TextExample]) -> FloatArray | None:
        """What takes directions out of the features; None where none are to be."""
        if not self.debias_directions:
            return None
        from leaderboard.recipes.mitigations.nullspace import contrasts, nullspace  # noqa: PLC0415

        found = contrasts(example.content for example in examples)
        read = partial(features.of, what="features of texts that name a group")
        return nullspace(found, read, self.debias_directions)

    def _learn(
        self,
        inputs: FloatArray,
        truth: npt.NDArray[np.intp],
        classes: int,
        projection: FloatArray | None,
        *,
        seed: int,
        split: str,
    ) -> "Head":
        from leaderboard.recipes.head import fit_head  # noqa: PLC0415 - slow to import
        from leaderboard.recipes.mitigations.private_head import fit_private_head  # noqa: PLC0415

        if self.dp_noise and self.c != "chosen":
            noise, clip = self.dp_noise, self.dp_clip
            return fit_private_head(
                inputs, truth, classes, noise=noise, clip=clip, strength=self.c, seed=seed, split=split
            )
        seen = inputs if projection is None else inputs @ projection
        strengths = self.candidates if self.c == "chosen" else (self.c,)
        head = fit_head(
            seen, truth, classes, strengths=strengths, folds=self.folds, seed=seed, split=split, mixup=self.mixup
        )
        return head if projection is None else head.through(projection)

    def _check_layer(self, model: "LoadedModel") -> None:
        layers = int(model.body.config.num_hidden_layers)
        if self.layer > layers:
            raise RequestError(
                f"recipe.layer {self.layer}: {model.name} has {layers} layers\n  Valid: -1 (the last), 0 to {layers}"
            )


def _kept(key: str, learn: Callable[[], "Head"]) -> "Head":
    """The head kept under a key, or learned now."""
    from leaderboard.recipes.head import Head  # noqa: PLC0415 - slow to import

    path = cache_folder() / "heads" / f"{key}.safetensors"
    if (known := Head.load(path)) is not None:
        return known
    head = learn()
    head.save(path)
    return head
