"""Pooling of the hidden states of a text into one vector."""

from enum import StrEnum

LAST_LAYER = -1


class Pooling(StrEnum):
    """Pooling of the hidden states of a text's tokens into one vector.

    `mean` over all of them, special tokens included (Reimers & Gurevych 2019); the `first` ([CLS] of BERT and its kin);
    the `last`, which in a causal model attends to all the others.
    """

    MEAN = "mean"
    FIRST = "first"
    LAST = "last"
