"""Subject: a model after its recipe, ready to be measured, and what such a thing can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import TextExample
from leaderboard.models.loaded import LoadedModel, ModelKind

FloatArray = npt.NDArray[np.float64]


class Capability(StrEnum):
    """What a subject can do; a protocol names what it needs."""

    LOGLIKELIHOOD = "loglikelihood"
    PSEUDO_LOGLIKELIHOOD = "pseudo_loglikelihood"
    CLASSIFY = "classify"
    ATTRIBUTE = "attribute"


GIVEN_BY_RECIPES = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE})
"""What a model can only do after its recipe; the rest it can as it comes."""


class Classifier(Protocol):
    """Tells the class of a text, and which words the answer came from."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of every answer."""

    def log_probabilities(self, texts: Sequence[str]) -> FloatArray:
        """Log-probability of each class: shape (len(texts), len(labels)), rows in the order of the texts."""

    def answer(self, text: str) -> FloatArray:
        """One answer computed afresh, never from memory: what a latency protocol times. Shape (len(labels),)."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Gradient × input of the log-probability of `label`, summed over each word's tokens: shape (len(words),).

        The text asked about is the words joined by single spaces.
        """

    def token_count(self, text: str) -> int:
        """How many tokens the model reads to answer for one text (prompt and choices included)."""


@dataclass(frozen=True)
class Training:
    """What an adapted subject was trained on: the ground truth of a membership attack.

    Attributes:
        members: examples whose texts and labels the recipe trained on.
        nonmembers: a random part of the same split that was kept out of training.
        reference: a classifier of the same form trained on other examples of the same distribution (neither members
            nor non-members), for attacks that calibrate each example's difficulty.
    """

    members: Sequence[TextExample]
    nonmembers: Sequence[TextExample]
    reference: Classifier


@dataclass(frozen=True)
class Subject:
    """One row of the leaderboard.

    Attributes:
        model: the loaded weights.
        classifier: how it classifies, where its recipe made it able to.
        training: what its recipe trained on; None where nothing was trained here, so that membership is unknown.
    """

    model: LoadedModel
    classifier: Classifier | None = None
    training: Training | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this subject can be asked for."""
        able = set()
        if self.model.kind is ModelKind.CAUSAL:
            able.add(Capability.LOGLIKELIHOOD)
        if self.model.kind is ModelKind.MASKED:
            able.add(Capability.PSEUDO_LOGLIKELIHOOD)
        if self.classifier is not None:
            able |= {Capability.CLASSIFY, Capability.ATTRIBUTE}
        return frozenset(able)

    def classify(self) -> Classifier:
        """The classifier, for protocols that declared they need one.

        Raises:
            RuntimeError: when there is none; the runner checks a protocol's needs before it asks.
        """
        if self.classifier is None:
            raise RuntimeError(f"{self.model.name} does not classify")
        return self.classifier
