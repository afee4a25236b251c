"""Explained variants: the attributions of a text by one method, and those of all its variants, as an observation."""

from collections.abc import Iterable, Sequence
from typing import Any

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability.checks.check import REASON, VALUES, VariantCheck
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.backends.finite_scores import require_finite
from leaderboard.errors import NotMeasurableError

_DIGITS = 6
"""Significant digits of a value: more would be rounding errors of the model."""


def explained_variants(text: TextVariants, method: AttributionMethod, checks: Iterable[VariantCheck]) -> dict[str, Any]:
    """Return the attributions, JSON-like: those of the text, and a list of those of the variants of each check.

    Where there are none, the reason is in their place.
    """
    try:
        values = _rounded(method.checked(text.original, text.seeds[0]).values)
    except NotMeasurableError as error:
        return {REASON: str(error)}
    return {VALUES: values} | {check.key: _variants(text, method, check) for check in checks}


def _variants(text: TextVariants, method: AttributionMethod, check: VariantCheck) -> dict[str, Any]:
    try:
        return {VALUES: [_rounded(values) for values in check.explain(text, method)]}
    except NotMeasurableError as error:
        return {REASON: str(error)}


def _rounded(values: FloatArray) -> Sequence[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in require_finite(values, "the attribution method")]
