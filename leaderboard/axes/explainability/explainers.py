"""Explainers: attributions of the words of a text to the predicted class."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.finite import require_finite


class Explainer(StrEnum):
    """Explainer of predictions; `random` is the baseline and never counts as the best."""

    GRADIENT_X_INPUT = "gradient_x_input"
    OCCLUSION = "occlusion"
    RANDOM = "random"


def gradient_x_input(text: Deletions, _rng: np.random.Generator) -> FloatArray:
    """Gradient of the class's log-probability times the embeddings (Shrikumar et al. 2016), summed over each word.

    Where a LayerNorm follows the embeddings (BERT), their length has no effect, and this is close to random.
    """
    return require_finite(text.classifier.word_gradients(text.words, text.label), "the gradient of the subject")


def occlusion(text: Deletions, _rng: np.random.Generator) -> FloatArray:
    """Drop of the probability when a single word is deleted (Zeiler & Fergus 2014; Li et al. 2016)."""
    return text.drops([1 << index for index in range(len(text.words))])


def random(text: Deletions, rng: np.random.Generator) -> FloatArray:
    """Random attributions, independent of the subject."""
    return rng.random(len(text.words))


EXPLAINERS: Mapping[Explainer, Callable[[Deletions, np.random.Generator], FloatArray]] = {
    Explainer.GRADIENT_X_INPUT: gradient_x_input,
    Explainer.OCCLUSION: occlusion,
    Explainer.RANDOM: random,
}
