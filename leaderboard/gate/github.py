"""GitHub output: annotations on the lines of the gate file, and the summary of the job.

A line of output that begins with `::` is a command to the runner. Names are untrusted text: they are printed between
`::stop-commands::` and its end, or escaped.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from leaderboard.errors import RequestError
from leaderboard.escapes import command_data, command_property
from leaderboard.gate.markdown import markdown_summary
from leaderboard.gate.report import GateReport, RuleOutcome
from leaderboard.terminal import command

SUMMARY = "GITHUB_STEP_SUMMARY"
_COMMANDS = {
    RuleOutcome.FAILS: "error",
    RuleOutcome.STOPS: "error",
    RuleOutcome.WARNS: "warning",
    RuleOutcome.SKIPPED: "notice",
}


def annotations(report: GateReport) -> list[str]:
    """Return one workflow command for each rule that does not pass."""
    return [
        f"::{_COMMANDS[outcome]} file={command_property(report.gate.path.as_posix())},line={line},"
        f"title={command_property(f'gate {report.run.gate}: {rule.rule}')}"
        f"::{command_data(f'{report.run.subject}: {rule.message}')}"
        for rule, outcome, line in report.outcomes()
        if outcome is not RuleOutcome.PASSES
    ]


def write_summary(report: GateReport) -> None:
    """Add the verdicts to the summary of the job, where the runner provides a file for it.

    Raises:
        RequestError: when the file cannot be written.
    """
    path = os.environ.get(SUMMARY)
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(markdown_summary(report) + "\n")
        except OSError as error:
            raise RequestError(
                f"{SUMMARY}={path}: cannot be written: {error.strerror}\n  Name a file that can be, or leave it unset."
            ) from None


@contextmanager
def without_commands(output: TextIO) -> Iterator[None]:
    """Make the runner treat everything that is written inside this block as plain text."""
    token = secrets.token_hex(16)
    command(f"::stop-commands::{token}", output)
    try:
        yield
    finally:
        command(f"::{token}::", output)
