"""One table of subjects and headline metrics, for a page (Markdown) or a paper (LaTeX).

Names come from anywhere, so that every character that either language gives a meaning is written as itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis, Better
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.stats.estimate import Status

_ARROWS = {Better.HIGHER: "↑", Better.LOWER: "↓"}
_ACTIVE = re.compile(r"[\\`*\[\]<>|~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Characters that GitHub's Markdown gives a meaning within a line."""
_LATEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{''}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "–": r"\textendash{}",
    "×": r"$\times$",
    "µ": r"$\mu$",
    "·": r"$\cdot$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\to$",
}


@dataclass(frozen=True, slots=True)
class HeadlineTable:
    """Texts, not yet in any language.

    Attributes:
        head: of the columns, that of the subjects first.
        rows: of cells, a subject each.
        notes: sentences to stand below.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def headline_table(estimates: pd.DataFrame) -> HeadlineTable:
    """Each subject's headline metrics with their 95 % intervals.

    Of several estimates of one metric on one task, the one of most examples counts, and the newest of those.

    Args:
        estimates: with the columns of `store.frames.estimates_frame`; subjects in the order of the table.
    """
    headlines = estimates[estimates["headline"]]
    measured = (headlines["status"] == Status.MEASURED.value).rename("measured")
    ordered = headlines.assign(measured=measured).sort_values(["measured", "n", "evaluated_at"], kind="stable")
    chosen = ordered.drop_duplicates(["subject", "task", "metric"], keep="last").to_dict("records")
    cells = {(row["subject"], row["task"], row["metric"]): row for row in chosen}
    order = {axis.value: place for place, axis in enumerate(Axis)}
    columns = sorted({(order[row["axis"]], row["task"], row["metric"]) for row in chosen})
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
    """The table in GitHub's Markdown."""
    rows = [
        map(_markdown, table.head),
        ["---", *["---:"] * (len(table.head) - 1)],
        *([_markdown(subject), *numbers] for subject, *numbers in table.rows),
    ]
    lines = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    return lines + "".join(f"\n{_markdown(note)}\n" for note in table.notes)


def latex_table(table: HeadlineTable) -> str:
    """The table in LaTeX with `booktabs`; names outside the Latin script need XeLaTeX or LuaLaTeX and a font of it."""
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


def latex(words: str) -> str:
    """A text that LaTeX prints as it is."""
    return "".join(_LATEX.get(letter, letter) for letter in _on_one_line(words)).replace("--", "-{}-{}")


def _markdown(words: str) -> str:
    return _ACTIVE.sub(r"\\\g<0>", _on_one_line(words))


def _on_one_line(words: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())


def _direction(metric: str) -> str:
    known = METRICS[metric]
    return f"→ {known.target:g}" if known.target is not None else _ARROWS.get(known.better, "")


def _cell(row: Mapping[Any, Any] | None) -> str:
    if row is None:
        return UNKNOWN
    if row["status"] != Status.MEASURED.value:
        return _status(row)
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"])


def _status(row: Mapping[Any, Any]) -> str:
    return str(row["status"]).replace("_", " ")


def _notes(rows: Sequence[Mapping[Any, Any]], subjects: Sequence[str]) -> list[str]:
    """What brackets mean, where it was measured, and why some of it was not."""
    places = ", ".join(dict.fromkeys(row["environment"] for row in rows))
    silent = [row for row in rows if row["status"] != Status.MEASURED.value]
    silent.sort(key=lambda row: (subjects.index(row["subject"]), row["task"], row["metric"]))
    reasons = (f"{_status(row).capitalize()}: {row['subject']} on {row['task']}: {row['reason']}." for row in silent)
    return [f"In brackets: 95 % intervals. Measured on {places}.", *dict.fromkeys(reasons)]
