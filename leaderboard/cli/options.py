"""Options that several commands share, so that they are spelled and explained alike."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError, unknown_name
from leaderboard.reports.formats import Format
from leaderboard.settings import offline_requested

E = TypeVar("E", bound=StrEnum)


def one_of(kind: type[E], flag: str, explanation: str, *, panel: str | None = None) -> Any:
    """An option that takes the members of an enum; a wrong one is answered with the nearest.

    Args:
        kind: the enum.
        flag: for instance `--axis`, whose last word is what users call a member.
        explanation: for the help, which names the members behind it.
        panel: of the help that it stands in.
    """
    name = flag.removeprefix("--")
    return typer.Option(
        flag,
        metavar=name.upper(),
        parser=_parser(kind, name),
        autocompletion=lambda: [member.value for member in kind],
        help=f"{explanation}: {', '.join(kind)}.",
        rich_help_panel=panel,
    )


def _parser(kind: type[E], name: str) -> Callable[[str], E]:
    def parse(text: str) -> E:
        if text.lower() not in set(kind):
            raise unknown_name(name, text, kind, where=f"--{name}")
        return kind(text.lower())

    return parse


def told_offline(*, offline: bool) -> bool:
    """Whether a command does without the network, by its flag or by the environment; the Hub's library is told."""
    offline = offline or offline_requested()
    if offline:  # before huggingface_hub reads it
        os.environ["HF_HUB_OFFLINE"] = "1"
    return offline


@contextmanager
def writing(flag: str, path: Path) -> Iterator[None]:
    """Tell in one message when a file or folder that a flag names cannot be written.

    Raises:
        RequestError: naming the flag and the path.
    """
    try:
        yield
    except OSError as error:
        raise RequestError(
            f"{flag} {path}: cannot be written: {error.strerror}\n  Name a place in a folder that is there."
        ) from None


StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=r"Database of results. \[default: $LEADERBOARD_STORE, else sqlite:///results/leaderboard.db]",
        show_default=False,
    ),
]
OutputFormat = Annotated[Format, one_of(Format, "--format", "How to print it")]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="NAME", help="Only this model. Repeatable.")]
Axes = Annotated[list[Axis] | None, one_of(Axis, "--axis", "Only this axis, repeatable")]
Tasks = Annotated[list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task. Repeatable.")]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric, with its parts. Repeatable.")
]
Suites = Annotated[
    list[str] | None,
    typer.Option(
        "--suite",
        metavar="NAME",
        help="Only this suite: of the program, or the task that others are about. Repeatable.",
    ),
]
Subjects = Annotated[
    list[str] | None,
    typer.Option("--subject", metavar="S", help="Only this subject: its name or the start of it. Repeatable."),
]
