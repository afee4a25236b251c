"""Perturbations: small changes of a text that a reader hardly notices, as other distributions of a shift task."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SHARES: Mapping[int, float] = {1: 0.1, 2: 0.25, 3: 0.5}
"""Share of the places of a text that is changed, at least one, by severity."""


class Perturbation(StrEnum):
    """Change of the texts of a split: of English ones (typos to synonyms), of any, or of Chinese ones."""

    TYPOS = "typos"
    LETTER_SWAPS = "letter_swaps"
    CONTRACTIONS = "contractions"
    SYNONYMS = "synonyms"
    LOWER_CASE = "lower_case"
    UPPER_CASE = "upper_case"
    PUNCTUATION = "punctuation"
    WHITESPACE = "whitespace"
    NUMBERS = "numbers"
    HOMOPHONES = "homophones"
    SIMILAR_SHAPES = "similar_shapes"
    TRADITIONAL = "traditional"
    WIDTH = "width"
    CHINESE_SYNONYMS = "chinese_synonyms"
    CHINESE_NUMBERS = "chinese_numbers"

    @property
    def language(self) -> str | None:
        """ISO 639 code of the language of the texts that it changes; None for texts of any."""
        return _LANGUAGES.get(self)

    @property
    def is_graded(self) -> bool:
        """Whether it changes a random part of the places, by its severity, and not all of them."""
        return self in _GRADED


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of a text is changed, and where.

    Attributes:
        severity: 1, 2 or 3: a tenth, a quarter or half of the places.
        key: chooses the places; the same key chooses the same ones.
    """

    severity: int = 1
    key: str = ""


_LANGUAGES: Mapping[Perturbation, str] = {
    **dict.fromkeys(
        (Perturbation.TYPOS, Perturbation.LETTER_SWAPS, Perturbation.CONTRACTIONS, Perturbation.SYNONYMS), "en"
    ),
    **dict.fromkeys(
        (
            Perturbation.HOMOPHONES,
            Perturbation.SIMILAR_SHAPES,
            Perturbation.TRADITIONAL,
            Perturbation.WIDTH,
            Perturbation.CHINESE_SYNONYMS,
            Perturbation.CHINESE_NUMBERS,
        ),
        "zh",
    ),
}
_GRADED = frozenset(
    {
        Perturbation.TYPOS,
        Perturbation.LETTER_SWAPS,
        Perturbation.SYNONYMS,
        Perturbation.WHITESPACE,
        Perturbation.NUMBERS,
        Perturbation.HOMOPHONES,
        Perturbation.SIMILAR_SHAPES,
        Perturbation.CHINESE_SYNONYMS,
        Perturbation.CHINESE_NUMBERS,
    }
)
