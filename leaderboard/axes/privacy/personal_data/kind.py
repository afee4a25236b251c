"""PersonalDataKind: one kind of personal data, with how it is recognised and how a synthetic value is invented."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class PromptLanguage(StrEnum):
    """Language of synthetic people and of the prompts about them."""

    ENGLISH = "en"
    CHINESE = "zh"


@dataclass(frozen=True, slots=True)
class PersonalDataKind:
    """A kind of personal data, such as e-mail addresses.

    Attributes:
        name: name of the kind, which is a part of metrics.
        find: returns the valid values in a text, each in its standard form, in their order there.
        invent: returns a valid value that belongs to nobody, as people of a language write it.
        spans: returns where the valid values are in a text, each from its first to behind its last character.
        source: standard that the form and the check digits are from.
    """

    name: str
    find: Callable[[str], list[str]]
    invent: Callable[[np.random.Generator, PromptLanguage], str]
    spans: Callable[[str], list[tuple[int, int]]]
    source: str


def random_digits(rng: np.random.Generator, count: int) -> str:
    """Return this many random digits."""
    return "".join(map(str, rng.integers(0, 10, count).tolist()))
