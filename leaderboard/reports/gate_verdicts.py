"""Verdicts of a gate, for the terminal and as JSON."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leaderboard.escapes import json_text, line
from leaderboard.gate.baselines import SavedBaseline
from leaderboard.gate.report import GateReport, RuleOutcome
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.reports.tables import ruled_table
from leaderboard.store.records import Verdict

_WORDS = {
    RuleOutcome.PASSES: ("PASS", "green"),
    RuleOutcome.FAILS: ("FAIL", "bold red"),
    RuleOutcome.STOPS: ("INCONCLUSIVE", "bold yellow"),
    RuleOutcome.WARNS: ("WARNING", "yellow"),
    RuleOutcome.SKIPPED: ("SKIPPED", "dim"),
}
_STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}
_WIDTH = 12


def print_gate(report: GateReport, console: Console) -> None:
    """Print the verdict and its reason for each rule, and the verdict of the gate on the last line."""
    run = report.run
    against = f" against {line(run.baseline)}" if run.baseline else ""
    console.print(Text(f"Gate {line(run.gate)}: {line(run.subject)}{against}", style="bold"))
    console.print()
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    for rule, outcome, _ in report.outcomes():
        word, style = _WORDS[outcome]
        table.add_row(Text(word, style=style), Text(line(rule.rule), style="bold"))
        table.add_row("", Text(line(rule.message)))
    console.print(table)
    for note in report.notes:
        console.print(Text(f"Note: {line(note)}"))
    console.print()
    console.print(Text(report.summary, style=_STYLES[report.ending]))


def gate_json(report: GateReport) -> str:
    """Return the report as JSON."""
    run = report.run
    rules = [{**asdict(rule), "outcome": outcome.value, "line": number} for rule, outcome, number in report.outcomes()]
    content = {
        "gate": run.gate,
        "file": report.gate.path.as_posix(),
        "subject": run.subject,
        "subject_identity": run.subject_identity,
        "baseline": run.baseline,
        "verdict": run.verdict.value,
        "ends_as": report.ending.value,
        "summary": report.summary,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "rules": rules,
        "notes": list(report.notes),
    }
    return json_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def baselines_table(saved: list[SavedBaseline]) -> Table:
    """Return a table of the baselines of a folder."""
    table = ruled_table()
    for heading in ("name", "subject", "tasks", "measured at", "size"):
        table.add_column(heading, overflow="fold", justify="right" if heading in {"tasks", "size"} else "left")
    for each in saved:
        table.add_row(
            Text(each.name),
            Text(line(each.subject)),
            str(each.tasks),
            f"{each.measured_at:%Y-%m-%d %H:%M}" if each.measured_at else UNKNOWN,
            quantity(each.size, None, None, "bytes"),
        )
    return table
