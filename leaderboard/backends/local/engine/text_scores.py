"""Text scores: log-probabilities of the classes of one text as a differentiable function of its embeddings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.local.engine.attribution import sum_by_word
from leaderboard.backends.local.engine.end_tokens import end_token
from leaderboard.backends.local.models.loaded_model import LoadedModel

LogProbabilities = Callable[[Sequence[Any], Sequence[torch.Tensor]], torch.Tensor]
"""Returns log-probabilities, shape (points, classes), from the model's output for each row and its attention mask; the
first dimension of both is that of the points, which are versions of one text."""


@dataclass(frozen=True, kw_only=True)
class TextScores:
    """What a classifier computes of one text, and which word each token belongs to.

    Attributes:
        model: weights of the classifier.
        rows: token ids of the rows that are read for the text: one, or one a choice.
        log_probabilities: log-probabilities of the classes from the outputs for the rows.
        owners: index of the word of each token, from the first on; None for special tokens and those of a prompt. Where
            there are several rows, they share these tokens.
        n_words: number of words.
        read_at: tokens whose state the answer is read from.
        headless: whether the outputs are those of the body alone.
        every_layer: whether they hold the hidden states of every layer.
        decoded: token ids that a decoder reads for each row; none where there is no decoder.
        first_word: first word that is not on the left of all rows, where their beginning was cut.
    """

    model: LoadedModel
    rows: Sequence[Sequence[int]]
    log_probabilities: LogProbabilities
    owners: Sequence[int | None]
    n_words: int
    read_at: Sequence[int]
    headless: bool = False
    every_layer: bool = False
    decoded: Sequence[Sequence[int]] = ()
    first_word: int = 0

    @property
    def network(self) -> Any:
        """The module whose outputs are scored."""
        return self.model.body if self.headless else self.model.module

    @property
    def decodes(self) -> bool:
        """Whether the answer is read from a decoder that is not among the tokens of `owners`."""
        return bool(self.decoded) or (not self.headless and end_token(self.model.module) is not None)

    @property
    def words_read(self) -> range:
        """Words that the model reads; of a text longer than its window these are not all.

        Where rows are longer than the window, a language model loses their first tokens. As many tokens of words are
        left out, so that the rest fits with its prompt. A token may cover several words, such as characters of Chinese:
        it belongs to the last of them, and those before it are read, too.
        """
        excess = max(0, max(len(row) for row in self.rows) - self.model.max_length)
        owners = [owner for owner in self.owners if owner is not None]
        lost, read = owners[:excess], owners[excess:]
        first = max(lost) + 1 if lost else self.first_word
        return range(min(first, *read), max(read) + 1) if read else range(0)

    def by_word(self, values: FloatArray) -> FloatArray:
        """Sum values of the tokens that `owners` names over each word, shape (n_words,)."""
        return sum_by_word(values[: len(self.owners)], self.owners, self.n_words)


def reads_last_token(model: LoadedModel) -> bool:
    """Return whether a head for texts reads the last token, as those of decoders do; others read the first."""
    from transformers.models.auto.modeling_auto import (  # noqa: PLC0415 - slow to import
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    family = model.module.config.model_type
    return family in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and family not in MODEL_FOR_MASKED_LM_MAPPING_NAMES
