"""A comparison for people and programs: the numbers side by side, and what one may conclude."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from leaderboard.comparison.compare import EXACT, Comparison, Difference
from leaderboard.errors import unknown_name
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.reports.over_seeds import EXPLANATION

if TYPE_CHECKING:
    from rich.console import RenderableType

COLUMNS = (
    "axis",
    "task",
    "metric",
    "first",
    "second",
    "difference",
    "low",
    "high",
    "n",
    "paired",
    "test",
    "p",
    "p_holm",
    "minimum_detectable",
    "better",
    "certain",
    "unit",
    "headline",
    "reason",
    "first_sd",
    "second_sd",
)
_SMALLEST_P = 0.001
_FIRST_FLIPS = 20
_LETTERS_OF_A_FLIP = 60
_NAME_WIDTH = 25


def comparison_frame(comparison: Comparison, metrics: Sequence[str] = ()) -> pd.DataFrame:
    """Return one row for each number that both subjects have; the metrics of parts are `ood_accuracy:amazon`.

    Args:
        comparison: of two subjects.
        metrics: only these, by name, with their parts.

    Returns:
        The columns `COLUMNS`. `better` names the label of the better subject; missing where neither is.
    """
    rows = []
    for each in _chosen(comparison, metrics):
        winner = {1: comparison.first, -1: comparison.second}.get(each.better or 0)
        difference = each.difference
        rows.append(
            (
                each.axis.value,
                each.task,
                _name(each),
                each.first.value,
                each.second.value,
                *(difference.value, difference.low, difference.high, difference.n),
                *(each.paired, each.test, each.p, each.p_holm, each.minimum_detectable),
                *(winner, each.certain, each.metric.unit, each.metric.headline, difference.reason),
                *each.sds,
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def checked_metrics(comparison: Comparison, names: Sequence[str]) -> list[str]:
    """Return the requested metrics after checking that the comparison has them.

    Raises:
        RequestError: for a metric that the two subjects do not share.
    """
    compared = {each.metric.name for each in comparison.differences}
    for name in names:
        if name not in compared:
            raise unknown_name("metric", name, compared, where="--metric", see="leaderboard metrics")
    return list(names)


def readable_comparison(comparison: Comparison, metrics: Sequence[str] = ()) -> pd.DataFrame:
    """Return the comparison as texts; parts only if metrics are requested."""
    return pd.DataFrame(
        [
            {
                "task": each.task,
                "metric": _name(each),
                "A": _value(each, each.first.value, each.sds[0]),
                "B": _value(each, each.second.value, each.sds[1]),
                "A − B [95 % interval]": _difference(each),
                "better": _winner(each),
                "p": _p(each),
            }
            for each in _listed(comparison, metrics)
        ],
        dtype=object,
    )


def comparison_tables(comparison: Comparison, metrics: Sequence[str] = ()) -> Iterator["RenderableType"]:
    """Yield the numbers, task by task, and a sentence for each headline number."""
    from rich.text import Text  # noqa: PLC0415 - slow to import, and not needed for programs

    from leaderboard.reports.tables import ruled_table  # noqa: PLC0415 - as above

    yield Text(f"A  {comparison.first}\nB  {comparison.second}")
    table = ruled_table()
    table.add_column("task, metric", overflow="fold", min_width=_NAME_WIDTH)
    for name in ("A", "B"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(Text("A − B\n[95 % interval]"), justify="right", no_wrap=True)
    table.add_column(Text("better\np"), justify="right", no_wrap=True)
    task = ""
    for each in _listed(comparison, metrics):
        if each.task != task:
            task = each.task
            table.add_row(Text(f"{each.axis} · {task}", style="cyan"))
        name_cell = Text(f"  {_name(each)}", style="bold" if each.in_family else "")
        values = zip((each.first.value, each.second.value), each.sds, strict=True)
        numbers = [_value(each, value, sd).replace(" ±", "\n±") for value, sd in values]
        difference = UNKNOWN if each.difference.value is None else _difference(each).replace(" [", "\n[")
        verdict = _winner(each) if each.p is None else f"{_winner(each)}\n{_p(each)}"
        style = "bold green" if each.certain else ""
        table.add_row(name_cell, *map(Text, numbers), Text(difference), Text(verdict, style=style))
    yield table
    yield Text("\n".join(conclusions(comparison, metrics)))
    if any(sd is not None for each in comparison.differences for sd in each.sds):
        yield Text(f"\n{EXPLANATION}.", style="dim")
    if comparison.family:
        adjusted = f", adjusted for all {comparison.family} of them (Holm)" if comparison.family > 1 else ""
        yield Text(
            f"\nHeadline metrics are bold; their p is that of the test{adjusted}. (A) and (B): better on these "
            "examples, but not significantly.",
            style="dim",
        )


def conclusions(comparison: Comparison, metrics: Sequence[str] = ()) -> list[str]:
    """Return one sentence for each headline metric of a whole task."""
    return [_conclusion(each) for each in _chosen(comparison, metrics) if each.in_family]


def flips_tables(flips: pd.DataFrame, task: str) -> Iterator["RenderableType"]:
    """Yield how many examples flipped on a task, and the first of them."""
    from leaderboard.reports.formats import plain_table  # noqa: PLC0415 - slow to import
    from leaderboard.reports.hint import Hint  # noqa: PLC0415 - as above

    right = flips["right"].value_counts()
    title = f"{task}: {right.get('first', 0)} examples that only A gets right, {right.get('second', 0)} only B"
    first_rows = flips.head(_FIRST_FLIPS).dropna(axis="columns", how="all")
    columns = first_rows.rename(columns={"example_id": "example", "first": "answer of A", "second": "answer of B"})
    if "right" in columns:
        columns = columns.assign(right=columns["right"].map({"first": "A", "second": "B"}))
    yield plain_table(columns.map(_cut), title=title)
    if len(flips) > len(first_rows):
        yield Hint(f"… and {len(flips) - len(first_rows)} more; all of them with --show-flips --format csv")


def _conclusion(each: Difference) -> str:
    title = f"{each.task}, {each.metric.name}"
    difference = each.difference
    if difference.value is None:
        return f"{title}: cannot be compared: {difference.reason}"
    winner = {1: "A", -1: "B"}.get(each.better or 0)
    if difference.low is None or difference.high is None:
        if each.test == EXACT and winner:
            return f"{title}: {winner} is better by {_size(each, abs(difference.value))}, an exact count"
        return f"{title}: {'A and B are the same' if not winner else f'{winner} looks better'} ({difference.method})"
    test = f"{each.test}, {'p ' + _p(each, '= ') + ', ' if each.p is not None else ''}n = {difference.n}"
    interval = f"A − B: 95 % CI {_size(each, difference.low)} to {_size(each, difference.high)}"
    if each.certain:
        return f"{title}: {winner} is significantly better; {interval} ({test})"
    effect = each.minimum_detectable
    detectable = f"; minimum detectable effect {_size(each, effect)}" if effect is not None else ""
    return f"{title}: no significant difference; {interval} ({test}{detectable})"


def _chosen(comparison: Comparison, metrics: Sequence[str]) -> list[Difference]:
    return [each for each in comparison.differences if not metrics or each.metric.name in metrics]


def _listed(comparison: Comparison, metrics: Sequence[str]) -> list[Difference]:
    return [each for each in _chosen(comparison, metrics) if metrics or not each.part]


def _name(each: Difference) -> str:
    return f"{each.metric.name}:{each.part}" if each.part else each.metric.name


def _value(each: Difference, value: float | None, sd: float | None) -> str:
    return UNKNOWN if value is None else quantity(value, None, None, each.metric.unit, sd=sd)


def _difference(each: Difference) -> str:
    difference = each.difference
    if difference.value is None:
        return difference.reason
    return quantity(difference.value, difference.low, difference.high, each.metric.unit)


def _size(each: Difference, value: float) -> str:
    return quantity(value, None, None, each.metric.unit)


def _winner(each: Difference) -> str:
    if not each.better:
        return UNKNOWN
    winner = "A" if each.better > 0 else "B"
    return winner if each.certain else f"({winner})"


def _p(each: Difference, equals: str = "") -> str:
    p = each.p_holm if each.p_holm is not None else each.p
    if p is None:
        return UNKNOWN
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{equals}{p:.3f}"


def _cut(value: object) -> object:
    value = " ".join(value.split()) if isinstance(value, str) else value
    if isinstance(value, str) and len(value) > _LETTERS_OF_A_FLIP:
        return f"{value[: _LETTERS_OF_A_FLIP - 1]}…"
    return value
