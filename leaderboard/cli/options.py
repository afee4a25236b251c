"""Options that several commands share."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError, unknown_name
from leaderboard.escapes import shell
from leaderboard.reports.formats import Format
from leaderboard.settings import offline_requested

C = TypeVar("C")
E = TypeVar("E", bound=StrEnum)


def enum_option(kind: type[E], flag: str, explanation: str, *, panel: str | None = None) -> Any:
    """Return an option that takes the members of an enum; an unknown value is answered with the nearest.

    Args:
        kind: the enum.
        flag: the option, such as `--format`; its name without dashes is used in messages.
        explanation: help text; the members are appended.
        panel: panel of the help.
    """
    return _choice(kind, kind, flag, f"{explanation}: {', '.join(kind)}.", panel)


def axis_option(explanation: str) -> Any:
    """Return the option `--axis`, which takes the axes of plug-ins, too; its help lists only the built-in axes.

    Args:
        explanation: help text; the axes are appended.
    """
    names = ", ".join(axis for axis in vars(Axis).values() if isinstance(axis, Axis))
    return _choice(Axis, Axis, "--axis", f"{explanation}: {names}, or an axis of a plug-in.", None)


def _choice(kind: Callable[[str], C], members: Iterable[str], flag: str, explanation: str, panel: str | None) -> Any:
    name = flag.removeprefix("--")

    def parse(text: str) -> C:
        if text.lower() not in set(members):
            raise unknown_name(name, text, members, where=flag)
        return kind(text.lower())

    return typer.Option(
        flag,
        metavar=name.upper(),
        parser=parse,
        autocompletion=lambda: [str(member) for member in members],
        help=explanation,
        rich_help_panel=panel,
    )


def set_offline(*, offline: bool) -> bool:
    """Return whether a command is offline, by its option or by the environment; also tells the Hub's library."""
    offline = offline or offline_requested()
    if offline:  # before huggingface_hub reads it
        os.environ["HF_HUB_OFFLINE"] = "1"
    return offline


def store_option(store: str | None) -> str:
    """Return the option that commands need to use the same store, for a message; empty for the default store."""
    if not store:
        return ""
    from leaderboard.api import Leaderboard

    return f"--store {shell(Leaderboard(store).shown)}"


@contextmanager
def writing(flag: str, path: Path) -> Iterator[None]:
    """Report in one message that a file or folder of an option cannot be written.

    Raises:
        RequestError: naming the flag and the path.
    """
    try:
        yield
    except OSError as error:
        raise RequestError(
            f"{flag} {path}: cannot be written: {error.strerror}\n  Use a path in an existing folder."
        ) from None


StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=r"URL or path of the store of results. \[default: $LEADERBOARD_STORE, else sqlite:///results/leaderboard.db]",
        show_default=False,
    ),
]
OutputFormat = Annotated[Format, enum_option(Format, "--format", "Output format")]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="NAME", help="Only this model. Repeatable.")]
Axes = Annotated[list[Axis] | None, axis_option("Only this axis, repeatable")]
Tasks = Annotated[list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task. Repeatable.")]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric and its parts. Repeatable.")
]
Suites = Annotated[
    list[str] | None,
    typer.Option(
        "--suite",
        metavar="NAME|FILE",
        help="Only this suite, by name, .yaml file, or the task that its tasks are about. Repeatable.",
    ),
]
MergeSeeds = Annotated[
    bool,
    typer.Option("--merge-seeds", help="Show subjects that differ by seed alone as one: mean over seeds ± sd."),
]
Subjects = Annotated[
    list[str] | None,
    typer.Option("--subject", metavar="S", help="Only this subject, by the start of its name. Repeatable."),
]
