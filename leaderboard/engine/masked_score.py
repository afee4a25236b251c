"""The scores that masked language models give in place of a likelihood."""

from enum import StrEnum


class MaskedScore(StrEnum):
    """What stands in a sentence's place for the likelihood that a masked model does not give."""

    ORIGINAL = "original"
    """Σ log P(token | all others), each token masked in turn (Salazar et al. 2020; Nangia et al. 2020)."""
    WITHIN_WORD_L2R = "within_word_l2r"
    """The same, with the later tokens of the token's own word masked too: the end of a word gives its beginning away,
    so that the original scores rare words of many tokens too high (Kauf & Ivanova 2023)."""
    AUL = "aul"
    """Mean of log P(token | all tokens, itself too), nothing masked: one pass a sentence (Kaneko & Bollegala 2022)."""
