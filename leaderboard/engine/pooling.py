"""Pooling: which hidden states of a text are read, and how they become one vector."""

from enum import StrEnum

LAST_LAYER = -1


class Pooling(StrEnum):
    """How the hidden states of a text's tokens become one vector.

    `mean` over all of them, special tokens included (Reimers & Gurevych 2019); the `first` ([CLS] of BERT and its kin);
    the `last`, which in a causal model has seen all the others.
    """

    MEAN = "mean"
    FIRST = "first"
    LAST = "last"
