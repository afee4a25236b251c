"""GitHub: annotations on the lines of the gate's file, and the job's summary.

A line of output that begins with `::` is a command to the runner. Names are other people's words: all that is shown of
them stands between `::stop-commands::` and its end, or is escaped.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from leaderboard.gate.markdown import markdown_summary
from leaderboard.gate.told import Outcome, Told, line_of

SUMMARY = "GITHUB_STEP_SUMMARY"
_COMMANDS = {Outcome.FAILS: "error", Outcome.STOPS: "error", Outcome.WARNS: "warning", Outcome.SKIPPED: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotations(told: Told) -> list[str]:
    """A command to the runner for each rule that does not pass."""
    return [
        f"::{_COMMANDS[outcome]} file={_escaped(told.gate.path.as_posix(), _PROPERTY)},line={line},"
        f"title={_escaped(line_of(f'gate {told.run.gate}: {rule.rule}'), _PROPERTY)}"
        f"::{_escaped(line_of(f'{told.run.subject}: {rule.message}'), _DATA)}"
        for rule, outcome, line in told.outcomes()
        if outcome is not Outcome.PASSES
    ]


def write_summary(told: Told) -> None:
    """Add the verdicts to the summary of the job, where the runner has named a file for it."""
    named = os.environ.get(SUMMARY)
    if named:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(markdown_summary(told) + "\n")


@contextmanager
def without_commands(output: TextIO) -> Iterator[None]:
    """Have the runner take what is written meanwhile as text."""
    token = secrets.token_hex(16)
    output.write(f"::stop-commands::{token}\n")
    output.flush()
    try:
        yield
    finally:
        output.write(f"::{token}::\n")
        output.flush()


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(letter, letter) for letter in text)
