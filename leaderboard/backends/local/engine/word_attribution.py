"""WordAttribution: gradients, integrals and attention of words, for classifiers whose weights are on this machine."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals
from leaderboard.backends.local.engine.attention_maps import attention_maps
from leaderboard.backends.local.engine.attribution import gradient_times_input
from leaderboard.backends.local.engine.text_scores import TextScores


class WordAttribution(ABC):
    """Attributions of a classifier that says how it computes log-probabilities from embeddings."""

    @abstractmethod
    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the scores of the text that `joined_words` makes of words."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient × input of each word for the log-probability of a class."""
        scores = self.text_scores(words)

        def log_probability(output: Any, mask: torch.Tensor) -> torch.Tensor:
            outputs = [_Line(output, line) for line in range(len(scores.rows))] if len(scores.rows) > 1 else [output]
            masks = [mask[line : line + 1] for line in range(len(scores.rows))]
            return scores.log_probabilities(outputs, masks)[0, label]

        by_row = gradient_times_input(
            scores.model,
            scores.rows,
            log_probability,
            headless=scores.headless,
            every_layer=scores.every_layer,
            decoded=scores.decoded,
        )
        shared = len(scores.owners)
        return scores.by_word(np.sum([row[:shared] for row in by_row], axis=0) if len(by_row) > 1 else by_row[0])

    def word_integrals(self, words: Sequence[str], label: int) -> WordIntegrals:
        """Return the integrated gradients of each word for the log-odds of a class."""
        from leaderboard.backends.local.engine.integrated_gradients import (  # noqa: PLC0415 - captum, needed by few
            integrated_gradients,
        )

        return integrated_gradients(self.text_scores(words), label)

    def token_attention(self, words: Sequence[str]) -> TokenAttention:
        """Return the attention between the tokens of a text."""
        return attention_maps(self.text_scores(words))

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads; of a text longer than its window these are not all."""
        return self.text_scores(words).words_read


class _Line:
    """One line of an output of several rows."""

    def __init__(self, output: Any, line: int) -> None:
        self._output = output
        self._line = line

    def __getattr__(self, name: str) -> torch.Tensor:
        tensor: torch.Tensor = getattr(self._output, name)
        return tensor[self._line : self._line + 1]
