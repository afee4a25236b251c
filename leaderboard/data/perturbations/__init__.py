"""Perturbations: small changes of a text that a reader hardly notices, as other distributions of a shift task."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.data.perturbations.chinese import (
    exchange_widths,
    replace_homophones,
    replace_similar_shapes,
    to_traditional,
)
from leaderboard.errors import RequestError

E = TypeVar("E", bound=Example)


class Perturbation(StrEnum):
    """Change of the texts of a split, all of them for Chinese."""

    HOMOPHONES = "homophones"
    SIMILAR_SHAPES = "similar_shapes"
    TRADITIONAL = "traditional"
    WIDTH = "width"

    @property
    def language(self) -> str:
        """ISO 639 code of the language of the texts that it changes."""
        return "zh"


_CHANGES: Mapping[Perturbation, Callable[[str, str], str]] = {
    Perturbation.HOMOPHONES: replace_homophones,
    Perturbation.SIMILAR_SHAPES: replace_similar_shapes,
    Perturbation.TRADITIONAL: lambda text, _: to_traditional(text),
    Perturbation.WIDTH: lambda text, _: exchange_widths(text),
}


def perturb(text: str, perturbation: Perturbation, key: str) -> str | None:
    """Change a text; None where it has nothing to change.

    Args:
        text: any.
        perturbation: the change.
        key: chooses the places of a change that is not made everywhere; the same key chooses the same places.
    """
    changed = _CHANGES[perturbation](text, key)
    return None if changed == text else changed


def perturbed(examples: Sequence[E], perturbation: Perturbation) -> list[E]:
    """Return examples with changed texts; the change depends on the text alone.

    Raises:
        RequestError: for examples that are no texts with a class.
    """
    return [_perturbed(example, perturbation) for example in examples]


def _perturbed(example: E, perturbation: Perturbation) -> E:
    if not isinstance(example, TextExample):
        raise RequestError(f"perturbation: {perturbation}: only texts with a class can be changed")
    texts: dict[str, Text | None] = {"text": perturb(example.text, perturbation, ""), "original": example.content}
    if example.second is not None:
        texts["second"] = perturb(example.second, perturbation, "")
    return example.model_copy(update={name: text for name, text in texts.items() if text is not None})
