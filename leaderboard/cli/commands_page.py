"""Writes `docs/commands.md`: `python -m leaderboard.cli.commands_page > docs/commands.md`."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from leaderboard.cli.main import app

_HEAD = """\
# Commands

Every command with its arguments and options, as `leaderboard COMMAND --help` prints them. This page is made of their
declarations by `make docs`; [usage](usage.md) is the place to start.
"""
_PLAIN = "\b"
"""Mark of a paragraph of help whose lines stay as they are."""


def commands_page() -> str:
    """Return the page `docs/commands.md` in Markdown, with a section for each command."""
    root = typer.main.get_command(app)
    context = root.make_context("leaderboard", ["help"], resilient_parsing=True)
    return "\n".join([_HEAD, *_section(root, context, "leaderboard")]).rstrip("\n") + "\n"


def _section(command: Any, context: Any, path: str) -> Iterator[str]:
    """Yield the lines of a command, then those of its subcommands."""
    yield f"## {path}\n"
    yield from _help(command.help or "")
    records = [record for each in command.params if (record := each.get_help_record(context)) is not None]
    if records:
        yield "| argument or option | meaning |\n| --- | --- |"
        yield from (f"| `{_cell(name)}` | {_cell(meaning)} |" for name, meaning in records)
        yield ""
    for name, each in getattr(command, "commands", {}).items():
        yield from _section(each, context, f"{path} {name}")


def _help(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text; examples and lists stay as they are."""
    for paragraph in filter(str.strip, text.split("\n\n")):
        lines = paragraph.replace(_PLAIN, "").strip("\n").split("\n")
        if _PLAIN in paragraph or paragraph.startswith("leaderboard "):
            yield from ("```sh" if paragraph.startswith("leaderboard ") else "```text", *_dedented(lines), "```\n")
        else:
            yield " ".join(line.strip() for line in lines) + "\n"


def _dedented(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines]


def _cell(text: str) -> str:
    """Return a text as a cell of a table; help texts escape brackets for rich."""
    return re.sub(r"\s+", " ", text.replace("\\[", "[").replace("|", "\\|"))


if __name__ == "__main__":
    sys.stdout.write(commands_page())
