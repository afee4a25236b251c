"""Markdown: the verdicts of a gate as a table, for job summaries and comments; names are escaped."""

from leaderboard.escapes import markdown, markdown_cell
from leaderboard.gate.report import GateReport, RuleOutcome, detectable_text

_MARKS = {
    RuleOutcome.PASSES: "✅ PASS",
    RuleOutcome.FAILS: "❌ FAIL",
    RuleOutcome.STOPS: "❔ INCONCLUSIVE",
    RuleOutcome.WARNS: "⚠️ WARNING",
    RuleOutcome.SKIPPED: "➖ SKIPPED",
}


def markdown_summary(report: GateReport) -> str:
    """Return the verdict, a table of the rules, and the notes as Markdown."""
    run = report.run
    against = f" against {markdown_cell(run.baseline)}" if run.baseline else ""
    lines = [
        f"## Gate {markdown_cell(run.gate)}: {markdown_cell(report.summary)}",
        "",
        f"{markdown(run.subject)}{against}",
        "",
        "| verdict | rule | reason | minimum detectable effect | n |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {_MARKS[outcome]} | {markdown_cell(rule.rule)} | {markdown_cell(rule.message)} "
            f"| {markdown_cell(detectable_text(rule))} | {rule.n or ''} |"
            for rule, outcome, _ in report.outcomes()
        ),
        "",
        *(f"- {markdown(note)}" for note in report.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"
