"""Explanations in the terminal: probabilities, coloured words, and the units with the largest values."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from leaderboard.evaluation.explanation import Explanation, side_by_side
from leaderboard.reports.explanations.shades import background, foreground, strengths
from leaderboard.visible_text import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType

_TOP = 10
_LONGEST = 60
SMALLEST_SHOWN = 5e-4
"""Smallest probability that is shown with three digits."""


def explanation_renderables(explanations: Sequence[Explanation], *, coloured: bool) -> "Iterator[RenderableType]":
    """Yield what is printed: each explanation, those of two subjects side by side.

    Args:
        explanations: of one text; of two subjects in turn.
        coloured: whether colours are shown; without them each word has its share of the largest value in brackets.
    """
    from rich.console import Group  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415 - as above

    for number, row in enumerate(side_by_side(explanations)):
        if number:
            yield ""
        groups = [Group(*_parts(each, coloured=coloured)) for each in row]
        if len(groups) == 1:
            yield groups[0]
            continue
        columns = Table.grid(expand=True, padding=(0, 2))
        for _ in groups:
            columns.add_column(ratio=1)
        columns.add_row(*groups)
        yield columns


def heading(explanation: Explanation) -> str:
    """Return the subject, its answer and the probability of that on one line."""
    probability = probability_text(explanation.probabilities[explanation.predicted])
    place = f" for {explanation.target}" if explanation.target else ""
    return f"{explanation.subject}: predicts {explanation.predicted}{place} ({probability})"


def probability_text(probability: float) -> str:
    """Return a probability with three digits, one that would round to zero by its magnitude."""
    return f"{probability:.3f}" if probability == 0 or probability >= SMALLEST_SHOWN else f"{probability:.1e}"


def details(explanation: Explanation) -> list[str]:
    """Return the explained class, the probabilities, the method with its cost and error, the caveat and the notes."""
    probabilities = "  ".join(f"{name} {probability_text(value)}" for name, value in explanation.probabilities.items())
    error = "" if explanation.error is None else f", completeness error {explanation.error:.2g}"
    passes = f"{explanation.passes} forward pass{'es' * (explanation.passes != 1)}"
    meaning = f"Blue and + are for {explanation.label}, vermillion and - against it."
    lines = [
        *([meaning] if explanation.is_signed else []),
        f"Probabilities: {probabilities}",
        f"Method: {explanation.method}, {passes}{error}",
    ]
    return [*lines, *([explanation.caveat] if explanation.caveat else []), *explanation.notes]


def _parts(explanation: Explanation, *, coloured: bool) -> "Iterator[RenderableType]":
    from rich.table import Table  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - as above

    yield Text(one_line(heading(explanation), 200), style="bold")
    shares = strengths(explanation.values)
    text = Text()
    for unit, share in zip(explanation.units, shares, strict=True):
        if text:
            text.append(explanation.separator or " " * unit[:1].isspace())
        colour = background(share)
        text.append(one_line(unit, 10_000), style=f"{foreground(colour)} on {colour}" if coloured else "")
        if not coloured:
            text.append(f"[{share:+.2f}]")
    yield Text()
    yield text
    yield Text()
    table = Table(box=None, pad_edge=False)
    table.add_column("unit")
    table.add_column("value", justify="right")
    order = sorted(range(len(shares)), key=lambda index: -abs(explanation.values[index]))
    for index in order[:_TOP]:
        table.add_row(Text(one_line(explanation.units[index], _LONGEST)), f"{explanation.values[index]:+.3f}")
    yield table
    yield Text()
    yield Text("\n".join(one_line(each, 400) for each in details(explanation)), style="dim" if coloured else "")
