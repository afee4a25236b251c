"""Formatting of numbers: readable digits, a fitting unit, the interval on the same scale."""

import math
from collections.abc import Mapping
from typing import Any

UNKNOWN = "–"
_DIGITS = 3
_WHOLE = frozenset({"count", "bytes", "floating-point operations"})
_SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "seconds": ((1.0, " s"), (1e-3, " ms"), (1e-6, " µs")),
    "bytes": ((1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")),
    "count": ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, "")),
    "floating-point operations": ((1e12, " TFLOP"), (1e9, " GFLOP"), (1e6, " MFLOP"), (1.0, " FLOP")),
    "tokens/second": ((1e3, " ktok/s"), (1.0, " tok/s")),
    "per cent": ((1.0, " %"),),
    "× reference": ((1.0, "×"),),
}
"""Multiples by unit, from the largest, each with its suffix; other units are shown unchanged."""


def quantity(value: float, low: float | None, high: float | None, unit: str, *, sd: float | None = None) -> str:
    """Format a value with its interval, for instance `0.873 [0.856, 0.889]` or `12.3 ms [11.9, 12.8]`.

    With a standard deviation between seeds it is `0.873 ± 0.012 [0.841, 0.905]`.

    Args:
        value: finite, in `unit`.
        low: lower end of the interval, None for an exact value.
        high: upper end.
        unit: unit of the metric.
        sd: standard deviation between seeds; None where there is none.
    """
    scale, suffix = _scale(value, unit)
    number = _digits(value / scale, unit) + suffix
    if sd is not None:
        number += f" ± {_digits(sd / scale, unit)}"
    if low is None or high is None:
        return number
    return f"{number} [{_digits(low / scale, unit)}, {_digits(high / scale, unit)}]"


def rounded(observation: Mapping[str, Any]) -> dict[str, Any]:
    """Round all numbers of an observation to four digits, also inside lists."""
    return {name: _rounded(value) for name, value in observation.items()}


def _rounded(value: Any) -> Any:
    match value:
        case float() if math.isfinite(value):
            return float(f"{value:.4g}")
        case list():
            return [_rounded(each) for each in value]
        case dict():
            return rounded(value)
    return value


def _scale(value: float, unit: str) -> tuple[float, str]:
    scales = _SCALES.get(unit, ((1.0, ""),))
    return next((each for each in scales if abs(value) >= each[0]), scales[-1])


def _digits(number: float, unit: str) -> str:
    """Format a number with three significant digits after scaling, or three decimals for numbers around 1."""
    size = abs(number)
    if unit in _WHOLE and number.is_integer():
        return f"{number:.0f}"
    if size != 0 and round(size, _DIGITS) == 0:
        return f"{number:.1e}"
    if size < 1 or (unit not in _SCALES and size < 10):  # noqa: PLR2004 - one digit before the point
        return f"{number:.{_DIGITS}f}"
    return f"{number:.{max(0, _DIGITS - 1 - math.floor(math.log10(size)))}f}"
