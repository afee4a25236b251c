"""Markdown: a gate's verdicts as a table, for job summaries and comments. Whatever was named stands there as text."""

import re

from leaderboard.gate.told import Outcome, Told, detectable, line_of

_MARKS = {
    Outcome.PASSES: "✅ pass",
    Outcome.FAILS: "❌ fail",
    Outcome.STOPS: "❔ cannot tell",
    Outcome.WARNS: "⚠️ warning",
    Outcome.SKIPPED: "➖ told",
}
_MEANING = re.compile(r"([\\`*_{}\[\]()#+.!|~$^=:-])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"}
"""A zero-width space behind `@` keeps it from calling somebody."""


def markdown_summary(told: Told) -> str:
    """The verdict, a table of the rules, and what else there is to know."""
    run = told.run
    against = f" against {escaped(run.baseline)}" if run.baseline else ""
    lines = [
        f"## Gate {escaped(run.gate)}: {escaped(told.summary)}",
        "",
        f"{escaped(run.subject)}{against}",
        "",
        "| verdict | rule | why | detects | n |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {_MARKS[outcome]} | {escaped(rule.rule)} | {escaped(rule.message)} | {escaped(detectable(rule))} "
            f"| {rule.n or ''} |"
            for rule, outcome, _ in told.outcomes()
        ),
        "",
        *(f"- {escaped(note)}" for note in told.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    """A text as Markdown that says just that: one line, nothing in it is a link, a tag or a mention."""
    shown = _MEANING.sub(r"\\\1", line_of(text))
    return "".join(_ENTITIES.get(letter, letter) for letter in shown)
