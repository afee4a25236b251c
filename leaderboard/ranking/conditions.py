"""Conditions that a subject must meet, as people write them.

    privacy.leak_auc <= 0.55        bias.crows_pairs <= baseline + 1.0
    latency.p95 <= 20 ms            accuracy >= baseline - 0.02
    latency.p95 <= 0.8 * baseline   ood >= 60 %

A term (`leaderboard.ranking.terms`), a comparison, and a bound: a number with an optional unit, or `baseline`, which is
the same term's value for the unchanged model. `Condition.parse` reads one and `Condition.violation` says by
how much a value breaks it.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeVar

from leaderboard.axes.metric import Scale
from leaderboard.errors import RequestError
from leaderboard.ranking.terms import UTILITY, Reporting, Term

FORMS = ("TERM <= 0.55", "TERM <= 20 ms", "TERM >= 60 %", "TERM <= 0.8 * baseline", "TERM >= baseline - 0.02")
LONGEST = 500
"""Characters of a condition or term."""
_BYTES = {
    "B": 1.0,
    **{f"{letter}B": 1000.0**power for power, letter in enumerate("kMGT", 1)},
    **{f"{letter}iB": 1024.0**power for power, letter in enumerate("KMGT", 1)},
}
UNITS: Mapping[str, Mapping[str, float]] = {
    "seconds": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6},
    "bytes": _BYTES,
    "count": {"k": 1e3, "M": 1e6, "B": 1e9},
    "per cent": {"%": 1.0},
    **{unit: {"%": 1e-2} for unit in (UTILITY, "probability", "ratio", "normalised AOPC")},
}
"""Suffixes of numbers with their factors, by the unit of the metric; a number without one is in that unit."""
UNIT_REQUIRED = {"seconds": "s", "bytes": "B"}
"""Units of metrics that people do not think in: whoever writes `latency.p95 <= 20` means milliseconds, and it would
mean 20 seconds. A number other than 0 needs a unit. The values are the names of these units in conditions."""

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_CONDITION = re.compile(r"(?P<term>[^<>=≤≥]*)(?P<comparison><=|>=|≤|≥|<|>)(?P<bound>[^<>=≤≥]*)")
_BOUND = re.compile(
    rf"(?:(?P<before>{_NUMBER})\s*[*×]\s*)?baseline(?:\s*[*×]\s*(?P<after>{_NUMBER}))?"
    rf"(?:\s*(?P<sign>[-−+])\s*(?P<offset>{_NUMBER})\s*(?P<offset_unit>.*))?"
    rf"|(?P<number>[-−+]?{_NUMBER})\s*(?P<unit>.*)",
    re.IGNORECASE,
)
_EQUAL = 1e-12
"""A value this near to its bound, relative to either or to the anchors, differs by rounding alone: it is the bound."""
_AT_THE_BOUND = 1e-9
"""Violation of `<` and `>` by the bound itself: more than nothing, less than anything that was measured."""


class Quantity(Protocol):
    """What is compared with a bound: a term, or anything else that has a unit."""

    @property
    def unit(self) -> str:
        """Unit of the quantity's values."""


Q = TypeVar("Q", bound=Quantity)


class Operator(StrEnum):
    """The side of the bound on which a value must lie."""

    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"

    @property
    def strict(self) -> bool:
        """Whether the bound itself is excluded."""
        return self in (Operator.BELOW, Operator.ABOVE)

    @property
    def from_above(self) -> bool:
        """Whether larger values violate the condition."""
        return self in (Operator.AT_MOST, Operator.BELOW)


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound `factor · baseline + number unit`.

    Attributes:
        factor: 0 where the baseline plays no part.
        number: as it was written.
        unit: one of those in `UNITS`, or empty for the metric's own.
        size: what one of the unit is, in the metric's unit.
    """

    factor: float
    number: float
    unit: str = ""
    size: float = 1.0

    def at(self, baseline: float | None) -> float:
        """Return the value of the bound in the metric's unit.

        Raises:
            ValueError: when there is no baseline and it is one that needs it.
        """
        fixed = self.number * self.size
        if self.factor == 0:
            return fixed
        if baseline is None:
            raise ValueError(f"'{self}' needs the value of the baseline")
        return self.factor * baseline + fixed

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.factor == 0:
            return f"{_number_text(self.number)}{unit}"
        times = "baseline" if self.factor == 1 else f"{_number_text(self.factor)} * baseline"
        sign = "-" if self.number < 0 else "+"
        return f"{times} {sign} {_number_text(abs(self.number))}{unit}" if self.number else times


@dataclass(frozen=True, slots=True)
class Condition:
    """A term whose value must lie on one side of a bound."""

    term: Term
    comparison: Operator
    bound: Bound

    @classmethod
    def parse(
        cls,
        text: str,
        tasks: Mapping[str, Reporting] | None = None,
        *,
        where: str = "",
        unit_required: bool = True,
    ) -> Self:
        """Return the condition that a text describes.

        Args:
            text: as in the examples above. A percentage is one of the metric's scale, never of the baseline:
                `accuracy >= baseline - 2 %` allows two points.
            tasks: the tasks that a term can name.
            where: flag or file that contains the text, for messages.
            unit_required: whether seconds and bytes need a unit; what was stored before they did is read without.

        Raises:
            RequestError: pointing at the part that cannot be read, with what would be valid.
        """
        place = ": ".join(filter(None, [where, text.strip()]))

        def parse_term(term_text: str) -> Term:
            return Term.parse(term_text, tasks, where=place)

        return cls(*parts_of(text, parse_term, where=where, unit_required=unit_required))

    @property
    def text(self) -> str:
        """The form that `parse` reads as this condition."""
        return f"{self.term} {self.comparison} {self.bound}"

    def __str__(self) -> str:
        return self.text

    @property
    def needs_baseline(self) -> bool:
        """Whether the bound depends on the value without any mitigation."""
        return self.bound.factor != 0

    def violation(self, value: float, baseline: float | None = None) -> float:
        """Return by how much a value breaks the condition: above 0 if it does, below 0 if there is room.

        In shares of the way between the metric's catalogue anchors, |worst - best|, so that violations of different
        metrics can be added; on a log scale in shares of the way between their logarithms (a bound or a value that
        is not positive leaves no logarithm, and is measured on the linear way). `<` and `>` are broken a little by
        the bound itself.

        Args:
            value: finite, in the term's unit. Conditions look at the value itself, also where better is nearer to a
                target: `bias.crows_pairs <= 55` holds for 40.
            baseline: value of the same term for the unchanged model; only for conditions that need it.

        Raises:
            ValueError: for numbers that are not finite, or a baseline that is needed and missing.
        """
        bound = self.bound.at(baseline)
        if not math.isfinite(value) or not math.isfinite(bound):
            raise ValueError(f"{self}: compared with finite numbers only, not {value} with {bound}")
        excess = self._distance(value, bound) if self.comparison.from_above else self._distance(bound, value)
        if math.isclose(value, bound, rel_tol=_EQUAL) or abs(excess) <= _EQUAL:
            return _AT_THE_BOUND if self.comparison.strict else 0.0
        return excess

    def _distance(self, first: float, second: float) -> float:
        metric = self.term.metric
        if metric is None:
            return first - second
        target = metric.best if metric.target is None else metric.target
        if metric.scale is Scale.LOG and min(first, second) > 0:
            return (math.log(first) - math.log(second)) / abs(math.log(metric.worst) - math.log(target))
        return (first - second) / abs(metric.worst - target)


def parts_of(
    text: str, parse_quantity: Callable[[str], Q], *, where: str = "", unit_required: bool = True
) -> tuple[Q, Operator, Bound]:
    """Return the quantity, the operator and the bound of a condition.

    Args:
        text: of the condition.
        parse_quantity: makes what is compared of its text.
        where: flag or file that contains the text, for messages.
        unit_required: see `Condition.parse`.

    Raises:
        RequestError: as `Condition.parse` does.
    """
    if len(text) > LONGEST:  # reading 20,000 digits takes minutes: every way to part them is tried
        raise RequestError(
            f"{where + ': ' if where else ''}a condition of {len(text):,} characters; the most are {LONGEST}\n"
            f"    {text[:60]}…\n  Valid forms: {'; '.join(FORMS)}"
        )
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise _unreadable(text, _misplaced(text), "one comparison, <=, >=, < or >, after a term", where)
    quantity = parse_quantity(match["term"])
    sides = {"≤": "<=", "≥": ">="}
    comparison = Operator(sides.get(match["comparison"], match["comparison"]))
    bound = _bound(quantity, text, match.start("bound"), where)
    if unit_required and quantity.unit in UNIT_REQUIRED and bound.number and not bound.unit:
        valid = ", ".join(UNITS[quantity.unit])
        end = len(text.rstrip())
        expected = f"a unit behind the number, which is in {quantity.unit}: {valid}"
        raise _unreadable(text, (end, end + 1), expected, where)
    return quantity, comparison, bound


def _bound(term: Quantity, text: str, start: int, where: str) -> Bound:
    """Return the bound that begins at `start` of a condition."""
    bound_text = text[start:].strip()
    at = text.index(bound_text, start)
    match = _BOUND.fullmatch(bound_text)
    if match is None:
        raise _unreadable(text, (at, at + len(bound_text)), "a number with a unit, or a multiple of `baseline`", where)
    fixed = match["number"] is not None
    number = match["number"] if fixed else (match["sign"] or "") + (match["offset"] or "0")
    begin = max(match.start("unit"), match.start("offset_unit"))  # -1 where there is none
    unit, size = _unit(term, text, at + begin if begin >= 0 else len(text), where)
    factor = 0.0 if fixed else float(match["before"] or 1) * float(match["after"] or 1)
    amount = float(number.replace("−", "-"))
    bound = Bound(factor, amount, unit, size) if amount or factor == 0 else Bound(factor, amount)
    if not math.isfinite(amount * size) or not math.isfinite(factor):
        raise _unreadable(text, (at, at + len(bound_text)), "a number of usual size", where)
    if factor == 0 and not _possible(term.unit, bound.at(None)):
        raise _unreadable(text, (at, at + len(bound_text)), "a number from 0 to 1, or a percentage", where)
    return bound


def _unit(term: Quantity, text: str, start: int, where: str) -> tuple[str, float]:
    """Return the unit that begins at `start`, in its usual spelling, and its size in the term's unit."""
    units = UNITS.get(term.unit, {})
    name = text[start:].strip()
    if not name:
        return "", 1.0
    if name.casefold() == term.unit.casefold():
        return UNIT_REQUIRED.get(term.unit, ""), 1.0
    for each, size in units.items():
        if each.casefold() == name.casefold():
            return each, size
    valid = ", ".join(units) or "no unit"
    raise _unreadable(text, (start, start + len(name)), f"a unit of {term} ({term.unit}): {valid}", where)


def _possible(unit: str, bound: float) -> bool:
    """Return whether a utility or a probability can be this large; catches 60 written for 60 %."""
    if unit == UTILITY:
        return 0 <= bound <= 1
    return unit != "probability" or abs(bound) <= 1


def _misplaced(text: str) -> tuple[int, int]:
    """Return where a text without a valid operator goes wrong: the last of several, a lone `=`, or the end."""
    signs = list(re.finditer(r"[<>=≤≥]+", text))
    return signs[-1].span() if signs else (len(text.rstrip()), len(text.rstrip()) + 1)


def _unreadable(text: str, part: tuple[int, int], expected: str, where: str) -> RequestError:
    begin, end = part
    marks = " " * begin + "^" * max(1, end - begin)
    lines = [
        f"{where + ': ' if where else ''}cannot read the condition",
        f"    {text}",
        f"    {marks}",
        f"  Expected here: {expected}",
        f"  Valid forms: {'; '.join(FORMS)}",
    ]
    return RequestError("\n".join(lines))


def _number_text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)  # noqa: PLR2004 - exact
