"""WordDeletion: ways to delete words from a text that a model reads."""

from enum import StrEnum


class WordDeletion(StrEnum):
    """A way to delete words from a text.

    None is neutral: a text with a deleted word is unlike the texts that a model was trained on (Hooker et al. 2019),
    and models answer the three differently. `mask` puts the mask token in the place of each word, and `padding` the
    padding token, which the model attends to like any other token; `removal` joins the words that stay.
    """

    MASK = "mask"
    REMOVAL = "removal"
    PADDING = "padding"
