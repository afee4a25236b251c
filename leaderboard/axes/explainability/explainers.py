"""Explainers: how much each word of a text speaks for the class that the subject said."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.finite import finite

FloatArray = npt.NDArray[np.float64]


class Explainer(StrEnum):
    """The explainers that are compared; `random` is the yardstick and never counts as the best."""

    GRADIENT_X_INPUT = "gradient_x_input"
    OCCLUSION = "occlusion"
    RANDOM = "random"


def gradient_x_input(text: Deletions, _rng: np.random.Generator) -> FloatArray:
    """Gradient of the class's log-probability times the embeddings (Shrikumar et al. 2016), summed over each word.

    Where a LayerNorm follows the embeddings (BERT), their length changes nothing, and this comes near to random.
    """
    return finite(text.classifier.word_gradients(text.words, text.label), "the gradient of the subject")


def occlusion(text: Deletions, _rng: np.random.Generator) -> FloatArray:
    """How far the probability falls when one word alone is deleted (Zeiler & Fergus 2014; Li et al. 2016)."""
    return text.falls([1 << index for index in range(len(text.words))])


def random(text: Deletions, rng: np.random.Generator) -> FloatArray:
    """A draw that knows nothing of the subject."""
    return rng.random(len(text.words))


EXPLAINERS: Mapping[Explainer, Callable[[Deletions, np.random.Generator], FloatArray]] = {
    Explainer.GRADIENT_X_INPUT: gradient_x_input,
    Explainer.OCCLUSION: occlusion,
    Explainer.RANDOM: random,
}
