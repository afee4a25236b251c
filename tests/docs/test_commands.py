"""Commands in README.md and the documentation are valid: the real parser reads them, and nothing is run."""

import re
import shlex
from collections.abc import Iterator
from functools import cache

import click
import pytest
import typer

from leaderboard.cli.commands_page import commands_page
from leaderboard.cli.main import app
from tests.docs.pages import CHECKOUT, PAGES, blocks
from tests.in_one_test import in_one_test

PROGRAM = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:python -P -m )?(leaderboard(?: .*)?)$")
STEPS = frozenset({"|", ">", ">>", "&&", ";"})
"""What ends a command in a shell."""
PLUGINS = {("axis", "safety"), ("recipe", "prior")}
"""What the pages about plug-ins bring."""
INLINE = re.compile(r"`(leaderboard [a-z][^`]*)`")


def commands(text: str) -> Iterator[str]:
    """The commands of shell blocks and indented blocks, with their continued lines."""
    for _, block in blocks(text):
        for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
            if match := PROGRAM.match(line.strip()):
                yield match[1]


@cache
def program() -> click.Command:
    """The parser of the whole command line, which takes as long to build as twenty commands to parse."""
    return typer.main.get_command(app)


def check(command: str, *, in_full: bool = True) -> None:
    """Parse a command.

    Args:
        command: as it is typed.
        in_full: whether what is required has to be there; prose names a command without its arguments.

    Raises:
        Exception: of the parser, for an unknown command or option, or a value that is not valid.
    """
    words = shlex.split(command, comments=True)[1:]
    end = next((place for place, word in enumerate(words) if word in STEPS), len(words))
    rest = [word for word in words[:end] if word != "…"]
    parser, context, name = program(), None, "leaderboard"
    try:
        while rest:
            context = parser.make_context(name, rest, parent=context)
            rest = [*context._protected_args, *context.args] if hasattr(parser, "commands") else []
            if not rest:
                return
            name, parser, rest = parser.resolve_command(context, rest)
        if not hasattr(parser, "commands"):
            parser.make_context(name, [], parent=context)
    except Exception as error:
        if any(f"unknown {kind} '{plugin}'" in str(error) for kind, plugin in PLUGINS):
            return
        if in_full or not re.search("(?i)missing|requires an argument", f"{type(error).__name__} {error}"):
            raise


def all_commands() -> list[tuple[str, str]]:
    return [(page.name, each) for page in PAGES for each in commands(page.read_text(encoding="utf-8"))]


def all_mentions() -> list[tuple[str, str]]:
    return [(page.name, each) for page in PAGES for each in INLINE.findall(page.read_text(encoding="utf-8"))]


@in_one_test("page, command", all_commands())
def test_a_command_of_a_block_is_valid(page, command):
    check(command)


@in_one_test("page, command", sorted(set(all_mentions())))
def test_a_command_in_prose_is_valid(page, command):
    check(command, in_full=False)


@pytest.mark.parametrize(
    "command",
    [
        "leaderboard rnu --model x",
        "leaderboard run --modle x",
        "leaderboard rank --method best",
        "leaderboard search shwo study",
        "leaderboard run",
    ],
)
def test_an_invalid_command_fails(command):
    with pytest.raises(Exception, match=r"(?i)no such|invalid|missing|unknown"):
        check(command)


def test_commands_are_found():
    assert len(all_commands()) > 100
    assert "leaderboard run --model a" in list(commands("    $ leaderboard run \\\n    --model a\n"))


def test_the_reference_of_commands_is_up_to_date():
    page = (CHECKOUT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == commands_page(), "write it anew: make docs"
