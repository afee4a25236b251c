"""Rankings, comparisons and runs as Python objects: frames for programs, tables for a notebook and for `print`."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self, overload

from leaderboard import terminal
from leaderboard.comparison.compare import Comparison
from leaderboard.comparison.flips import flip_tasks, flips
from leaderboard.comparison.matching import match
from leaderboard.escapes import html_text
from leaderboard.evaluation.runs import RunResult
from leaderboard.ranking.ranking import Ranking
from leaderboard.reports.comparison import comparison_frame, comparison_tables, conclusions, readable_comparison
from leaderboard.reports.console import marks, results_tables
from leaderboard.reports.example_texts import texts_of
from leaderboard.reports.formats import records
from leaderboard.reports.ranking import explanation, ranking_tables, readable_ranking
from leaderboard.reports.ranking_hints import hints
from leaderboard.store.frames import PART
from leaderboard.store.records import StoredObservation
from leaderboard.store.results import SubjectResults
from leaderboard.tasks import Catalogue

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

_WIDTH = 80
"""Width in columns of the tables that `print` shows, whatever the terminal: they are designed for it."""
_STYLE = "text-align:left;vertical-align:top"


@dataclass(frozen=True)
class RankingReport:
    """A ranking of subjects, with one table for each suite.

    Attributes:
        ranking: the tables, and why subjects were left out.
    """

    ranking: Ranking

    @property
    def frame(self) -> "pd.DataFrame":
        """One row for each subject of each suite, best first; columns as in `leaderboard rank --format json`."""
        return self.ranking.frame

    @property
    def left_out(self) -> tuple[str, ...]:
        """A sentence for each subject that breaks a condition, and for each suite that cannot answer one."""
        return self.ranking.left_out

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each task whose subjects were measured on different data or in different ways."""
        return self.ranking.remarks

    def hints(self) -> dict[str, list[str]]:
        """Return sentences about each table, by suite: tasks that do not count, and how to rank unranked subjects."""
        return {table.suite.name: hints(table.suite, table.order) for table in self.ranking.tables}

    def __str__(self) -> str:
        """Return one table for each suite as text, and how to read it."""
        return text_tables(ranking_tables(self.frame, self.ranking.method), self._remarks)

    def _repr_html_(self) -> str:
        """Return one table for each suite, and how to read it."""
        parts = [
            html_table(readable_ranking(table.order), caption=f"Ranking: {table.suite.name}")
            for table in self.ranking.tables
        ]
        sentences = [] if self.frame.empty else [" ".join(explanation(self.frame, self.ranking.method))]
        return "".join(parts) + html_paragraphs([*self._remarks, *sentences])

    @property
    def _remarks(self) -> list[str]:
        """Sentences about the subjects that are in no table, and about tasks with several versions of data."""
        if self.frame.empty and not self.left_out:
            return ["Nothing is ranked yet."]
        return [*(f"Left out: {each}" for each in self.left_out), *(f"Note: {each}" for each in self.remarks)]


@dataclass(frozen=True, repr=False)
class RunReport(RunResult):
    """The result of a run, which prints as tables."""

    @classmethod
    def of(cls, result: RunResult) -> Self:
        """Return a result as a report."""
        return cls(**{each.name: getattr(result, each.name) for each in fields(result)})

    def __str__(self) -> str:
        """Return one table for each subject as text: the headline metrics of each task, or why there are none."""
        frame = self.frame
        shown = frame[frame["headline"] & ~frame["metric"].str.contains(PART, regex=False)]
        tables = results_tables(shown, marks(self.store, shown)) if len(shown) else ()
        refused = [f"{each.reference}: {each}" for each in self.refused]
        return text_tables(tables, [*refused, f"{self.summary}. Every number: `.frame`"])


@dataclass(frozen=True)
class FlippedExamples:
    """The examples of a task that only one of two subjects gets right.

    Attributes:
        frame: one row an example.
        without_texts: why their texts are not shown; empty where they are.
    """

    frame: "pd.DataFrame"
    without_texts: str


@dataclass(frozen=True)
class ComparisonReport:
    """A comparison of two subjects, number by number.

    Attributes:
        comparison: the differences and what chance makes of them.
        first: one subject.
        second: the other; differences are first minus second.
        metrics: only these, by name; none for all.
    """

    comparison: Comparison
    first: SubjectResults
    second: SubjectResults
    metrics: tuple[str, ...]
    _catalogue: Catalogue

    @property
    def frame(self) -> "pd.DataFrame":
        """One row for each number that both subjects have, as `reports.comparison.comparison_frame` returns them."""
        return comparison_frame(self.comparison, self.metrics)

    @property
    def notes(self) -> tuple[str, ...]:
        """What else differs between the subjects, one sentence each."""
        return self.comparison.caveats

    @property
    def conclusions(self) -> list[str]:
        """One sentence for each headline metric of a whole task."""
        return conclusions(self.comparison, self.metrics)

    def flips(self, tasks: Sequence[str] = ()) -> dict[str, FlippedExamples]:
        """Return the examples that only one subject gets right, by task.

        Args:
            tasks: only these; none for all on which single examples are right or wrong.

        Raises:
            RequestError: for a task that one of the two was never measured on.
        """
        flipped = {}
        for name in tasks or flip_tasks(self.first, self.second):
            texts = texts_of(self._catalogue, match(self.first, self.second, name).first.task)
            frame = flips(self.first, self.second, name, texts.by_id)
            flipped[name] = FlippedExamples(frame, texts.reason)
        return flipped

    def __str__(self) -> str:
        """Return the numbers side by side as text, and what one may conclude."""
        return text_tables(comparison_tables(self.comparison, self.metrics), self.notes)

    def _repr_html_(self) -> str:
        """Return the numbers side by side, and what one may conclude."""
        names = f"A: {self.comparison.first}; B: {self.comparison.second}"
        table = html_table(readable_comparison(self.comparison, self.metrics), caption=names)
        return table + html_paragraphs([*self.notes, *self.conclusions])


@dataclass(frozen=True)
class Observations(Sequence[StoredObservation]):
    """The observations of one evaluation, one for each example, in the order in which they were made."""

    rows: tuple[StoredObservation, ...]

    @overload
    def __getitem__(self, place: int) -> StoredObservation: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[StoredObservation, ...]: ...

    def __getitem__(self, place: int | slice) -> StoredObservation | tuple[StoredObservation, ...]:
        """One example, or several."""
        return self.rows[place]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.rows)

    @property
    def frame(self) -> "pd.DataFrame":
        """One row for each example: `example_id`, and a column for each observed value."""
        import pandas as pd  # noqa: PLC0415 - slow to import

        return pd.DataFrame([{"example_id": each.example_id, **each.data} for each in self.rows], dtype=object)

    def _repr_html_(self) -> str:
        """Return the frame as HTML for a notebook; pandas escapes it."""
        html: str = self.frame.to_html(notebook=True, max_rows=60)
        return html


def text_tables(tables: "Iterable[RenderableType]", sentences: Sequence[str] = ()) -> str:
    """Return tables as a text of 80 columns without styles and control characters.

    Args:
        tables: tables and paragraphs, one below the other.
        sentences: further paragraphs below them.
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import, and a frame needs none
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, force_terminal=False, highlight=False)
    console = terminal.cleaning(console)
    with console.capture() as output:
        for each in (*tables, *map(Text, sentences)):
            console.print(each)
    return "\n".join(line.rstrip() for line in output.get().splitlines()).strip("\n")


def html_table(frame: "pd.DataFrame", *, caption: str = "") -> str:
    """Return a frame of texts as an HTML table with escaped cells."""
    head = "".join(f'<th style="{_STYLE}">{html_text(str(name))}</th>' for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f'<td style="{_STYLE}">{_cell(value)}</td>' for value in record.values()) + "</tr>"
        for record in records(frame)
    )
    title = f'<caption style="text-align:left"><b>{html_text(caption)}</b></caption>' if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def html_paragraphs(sentences: Sequence[str]) -> str:
    """Return escaped sentences as paragraphs."""
    return "".join(f"<p>{html_text(sentence)}</p>" for sentence in sentences)


def _cell(value: object) -> str:
    return "" if value is None else html_text(str(value))
