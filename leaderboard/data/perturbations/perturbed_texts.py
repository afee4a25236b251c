"""Perturbed texts: each perturbation of `leaderboard.data.perturbations`, made."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from leaderboard.data.examples import Example, Text, TextExample
from leaderboard.data.perturbations import SHARES, Perturbation, Strength, chinese, chinese_wording, english
from leaderboard.errors import RequestError

E = TypeVar("E", bound=Example)

_PARTIAL: Mapping[Perturbation, Callable[[str, str, float], str]] = {
    Perturbation.TYPOS: english.mistype,
    Perturbation.LETTER_SWAPS: english.swap_letters,
    Perturbation.SYNONYMS: english.use_synonyms,
    Perturbation.WHITESPACE: english.vary_space,
    Perturbation.NUMBERS: english.change_numbers,
    Perturbation.HOMOPHONES: chinese.replace_homophones,
    Perturbation.SIMILAR_SHAPES: chinese.replace_similar_shapes,
    Perturbation.CHINESE_SYNONYMS: chinese_wording.replace_chinese_synonyms,
    Perturbation.CHINESE_NUMBERS: chinese_wording.change_chinese_numbers,
}
_COMPLETE: Mapping[Perturbation, Callable[[str], str]] = {
    Perturbation.CONTRACTIONS: english.exchange_contractions,
    Perturbation.LOWER_CASE: str.lower,
    Perturbation.UPPER_CASE: str.upper,
    Perturbation.PUNCTUATION: english.remove_punctuation,
    Perturbation.TRADITIONAL: chinese.to_traditional,
    Perturbation.WIDTH: chinese.exchange_widths,
}


def perturb(text: str, perturbation: Perturbation, strength: Strength) -> str | None:
    """Change a text; None where it has nothing to change."""
    if perturbation.is_graded:
        changed = _PARTIAL[perturbation](text, strength.key, SHARES[strength.severity])
    else:
        changed = _COMPLETE[perturbation](text)
    return None if changed == text else changed


def perturbed(examples: Sequence[E], perturbation: Perturbation, strength: Strength) -> list[E]:
    """Return examples with changed texts; the change depends on the text and the strength alone.

    Raises:
        RequestError: for examples that are no texts with a class.
        SourceUnavailableError: when what the change needs (synonyms) cannot be reached.
    """
    return [_perturbed(example, perturbation, strength) for example in examples]


def _perturbed(example: E, perturbation: Perturbation, strength: Strength) -> E:
    if not isinstance(example, TextExample):
        raise RequestError(f"perturbation: {perturbation}: only texts with a class can be changed")
    texts: dict[str, Text | None] = {"text": perturb(example.text, perturbation, strength), "original": example.content}
    if example.second is not None:
        texts["second"] = perturb(example.second, perturbation, strength)
    return example.model_copy(update={name: text for name, text in texts.items() if text is not None})
