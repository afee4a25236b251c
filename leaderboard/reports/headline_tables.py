"""One table of subjects and headline metrics, for a page (Markdown) or a paper (LaTeX).

Names come from anywhere, so that every character that either language gives a meaning is written as itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better
from leaderboard.escapes import latex, markdown, markdown_cell
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.ranking.estimate_selection import of_newest_versions
from leaderboard.reports.over_seeds import EXPLANATION, seed_sd
from leaderboard.stats.estimate import Status

_ARROWS = {Better.HIGHER: "↑", Better.LOWER: "↓"}


@dataclass(frozen=True, slots=True)
class HeadlineTable:
    """Cells and notes of a table, not yet in Markdown or LaTeX.

    Attributes:
        head: headings of the columns, that of the subjects first.
        rows: rows of cells, one for each subject.
        notes: sentences below the table.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def headline_table(estimates: pd.DataFrame) -> HeadlineTable:
    """Return each subject's headline metrics with their 95 % intervals.

    Of several estimates of one metric on one task, the one of most examples counts, and the newest of those; of a task
    with several versions those of the newest.

    Args:
        estimates: with the columns of `store.frames.estimates_frame`; subjects in the order of the table.
    """
    headlines = of_newest_versions(estimates[estimates["headline"]])
    measured = (headlines["status"] == Status.MEASURED.value).rename("measured")
    ordered = headlines.assign(measured=measured).sort_values(["measured", "n", "evaluated_at"], kind="stable")
    chosen = ordered.drop_duplicates(["subject", "task", "metric"], keep="last").to_dict("records")
    cells = {(row["subject"], row["task"], row["metric"]): row for row in chosen}
    columns = sorted({(Axis.recorded(row["axis"]).place, row["task"], row["metric"]) for row in chosen})
    subjects = list(dict.fromkeys(estimates["subject"]))
    return HeadlineTable(
        head=["subject", *(f"{task}: {metric} {_direction(metric)}".rstrip() for _, task, metric in columns)],
        rows=[
            [subject, *(_cell(cells.get((subject, task, metric))) for _, task, metric in columns)]
            for subject in subjects
        ],
        notes=_notes(chosen, subjects),
    )


def markdown_table(table: HeadlineTable) -> str:
    """Return the table in GitHub's Markdown."""
    rows = [
        map(markdown_cell, table.head),
        ["---", *["---:"] * (len(table.head) - 1)],
        *([markdown_cell(subject), *numbers] for subject, *numbers in table.rows),
    ]
    lines = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    return lines + "".join(f"\n{markdown(note)}\n" for note in table.notes)


def latex_table(table: HeadlineTable) -> str:
    """Return the table in LaTeX with `booktabs`; names outside the Latin script need XeLaTeX or LuaLaTeX."""
    # an empty group in front: a name that begins with [ or * would be read as an option of the command before it
    head, *rows = ["{}" + " & ".join(map(latex, line)) + r" \\" for line in (table.head, *table.rows)]
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}",
        r"\toprule",
        head,
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {latex(note)}" for note in table.notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _direction(metric: str) -> str:
    declaration = METRICS.get(metric)
    if declaration is None:
        return ""
    return f"→ {declaration.target:g}" if declaration.target is not None else _ARROWS.get(declaration.better, "")


def _cell(row: Mapping[Any, Any] | None) -> str:
    if row is None:
        return UNKNOWN
    if row["status"] != Status.MEASURED.value:
        return _status(row)
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"], sd=seed_sd(row))


def _status(row: Mapping[Any, Any]) -> str:
    return str(row["status"]).replace("_", " ")


def _notes(rows: Sequence[Mapping[Any, Any]], subjects: Sequence[str]) -> list[str]:
    """Return what brackets mean, where it was measured, and why some numbers are missing."""
    places = ", ".join(dict.fromkeys(row["environment"] for row in rows))
    silent = [row for row in rows if row["status"] != Status.MEASURED.value]
    silent.sort(key=lambda row: (subjects.index(row["subject"]), row["task"], row["metric"]))
    reasons = (f"{_status(row).capitalize()}: {row['subject']} on {row['task']}: {row['reason']}." for row in silent)
    spread = f" {EXPLANATION}." if any(seed_sd(row) is not None for row in rows) else ""
    return [f"In brackets: 95 % intervals.{spread} Measured on {places}.", *dict.fromkeys(reasons)]
