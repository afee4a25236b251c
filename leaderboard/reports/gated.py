"""What a gate said, on a terminal and for programs."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leaderboard.gate.baselines import SavedBaseline
from leaderboard.gate.told import Outcome, Told, line_of
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.reports.tables import ruled_table
from leaderboard.store.records import Verdict

_WORDS = {
    Outcome.PASSES: ("pass", "green"),
    Outcome.FAILS: ("FAIL", "bold red"),
    Outcome.STOPS: ("CAN'T TELL", "bold yellow"),
    Outcome.WARNS: ("warning", "yellow"),
    Outcome.SKIPPED: ("told", "dim"),
}
_STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.CANNOT_TELL: "bold yellow"}
_WIDTH = 10


def print_gate(told: Told, console: Console) -> None:
    """Rule by rule what was found and why, and the verdict on a last line."""
    run = told.run
    against = f" against {line_of(run.baseline)}" if run.baseline else ""
    console.print(Text(f"Gate {line_of(run.gate)}: {line_of(run.subject)}{against}", style="bold"))
    console.print()
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    for rule, outcome, _ in told.outcomes():
        word, style = _WORDS[outcome]
        table.add_row(Text(word, style=style), Text(line_of(rule.rule), style="bold"))
        table.add_row("", Text(line_of(rule.message)))
    console.print(table)
    for note in told.notes:
        console.print(Text(f"Note: {line_of(note)}"))
    console.print()
    console.print(Text(told.summary, style=_STYLES[told.ending]))


def gate_json(told: Told) -> str:
    """The whole verdict for programs."""
    run = told.run
    rules = [{**asdict(rule), "outcome": outcome.value, "line": line} for rule, outcome, line in told.outcomes()]
    said = {
        "gate": run.gate,
        "file": told.gate.path.as_posix(),
        "subject": run.subject,
        "subject_identity": run.subject_identity,
        "baseline": run.baseline,
        "verdict": run.verdict.value,
        "ends_as": told.ending.value,
        "summary": told.summary,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "rules": rules,
        "notes": list(told.notes),
    }
    return json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def baselines_table(saved: list[SavedBaseline]) -> Table:
    """The baselines of a folder."""
    table = ruled_table()
    for heading in ("name", "subject", "tasks", "measured at", "size"):
        table.add_column(heading, overflow="fold", justify="right" if heading in {"tasks", "size"} else "left")
    for each in saved:
        table.add_row(
            Text(each.name),
            Text(line_of(each.subject)),
            str(each.tasks),
            f"{each.measured_at:%Y-%m-%d %H:%M}" if each.measured_at else UNKNOWN,
            quantity(each.size, None, None, "bytes"),
        )
    return table
