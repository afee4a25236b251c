"""The program `leaderboard`: its commands, and how a failure is told."""

import errno
import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from leaderboard.cli.app import app as board
from leaderboard.cli.baseline import baseline
from leaderboard.cli.cache import cache
from leaderboard.cli.compare import compare
from leaderboard.cli.doctor import doctor
from leaderboard.cli.export import export
from leaderboard.cli.export_model import export_model
from leaderboard.cli.gate import gate
from leaderboard.cli.import_results import import_results
from leaderboard.cli.metrics import metrics
from leaderboard.cli.observations import observations
from leaderboard.cli.rank import rank
from leaderboard.cli.recipes import recipes
from leaderboard.cli.recompute import recompute
from leaderboard.cli.report import report
from leaderboard.cli.results import results
from leaderboard.cli.run import run
from leaderboard.cli.search import search
from leaderboard.cli.status import ExitStatus
from leaderboard.cli.tasks import tasks
from leaderboard.errors import LeaderboardError, RequestError, SourceUnavailableError
from leaderboard.version import __version__

_NOT_OUR_FAULT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC})
"""Files and disks that refuse to be read or written."""


class Program(TyperGroup):
    """Tells a failure in one message and gives it its exit code; `--debug` shows the traceback instead.

    Its own help is plain text: importing rich's takes longer than all the rest of somebody's first look.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, purpose, options and commands."""
        for write in (self.format_usage, self.format_help_text, self.format_options):
            write(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - overridden
        """Write the commands, panel by panel, each with its whole first paragraph."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            summary = " ".join((command.help or "").partition("\n\n")[0].split())
            panels.setdefault(panel, []).append((name, summary))
        for panel, commands in panels.items():
            with formatter.section(panel):
                formatter.write_dl(commands)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line; the library would end an interrupted reading without a word."""
        try:
            return super().make_context(*arguments, **options)
        except KeyboardInterrupt:
            raise _interrupted() from None

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except LeaderboardError as error:
            if ctx.params.get("debug"):
                raise
            sys.stdout.flush()
            typer.echo(f"error: {error}", err=True)
            wrong = isinstance(error, RequestError | SourceUnavailableError)
            raise typer.Exit(ExitStatus.WRONG_REQUEST if wrong else ExitStatus.FAILED) from None
        except OSError as error:
            if ctx.params.get("debug") or error.errno not in _NOT_OUR_FAULT:
                raise
            typer.echo(f"error: {error.filename or 'a file'}: {error.strerror}", err=True)
            raise typer.Exit(ExitStatus.FAILED) from None
        except KeyboardInterrupt:
            raise _interrupted() from None


def _interrupted() -> typer.Exit:
    """Say that the program was interrupted, and give the exit that stands for it."""
    typer.echo("\ninterrupted", err=True)
    return typer.Exit(ExitStatus.INTERRUPTED)


app = typer.Typer(
    name="leaderboard",
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"leaderboard {__version__}")
        raise typer.Exit


@app.callback()
def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="LEADERBOARD_DEBUG", help="Show where an error came from.")
    ] = False,
) -> None:
    """Measure one model on six axes (accuracy, OOD, bias, privacy, latency, explainability), with error bars."""


MEASURE, READ, DECIDE, LOOK_UP = "Measure", "Read the results", "Decide", "Look up"

app.command(rich_help_panel=MEASURE)(run)
app.add_typer(search, rich_help_panel=MEASURE)
app.command(rich_help_panel=MEASURE)(recompute)
app.add_typer(results, rich_help_panel=READ)
app.command(rich_help_panel=READ)(rank)
app.command(rich_help_panel=READ)(compare)
app.command(rich_help_panel=READ)(report)
app.command(rich_help_panel=READ)(observations)
app.command("app", rich_help_panel=READ)(board)
app.command(rich_help_panel=READ)(export)
app.command("import", rich_help_panel=READ)(import_results)
app.command("export-model", rich_help_panel=READ)(export_model)
app.add_typer(gate, rich_help_panel=DECIDE)
app.add_typer(baseline, rich_help_panel=DECIDE)
app.add_typer(tasks, rich_help_panel=LOOK_UP)
app.add_typer(recipes, rich_help_panel=LOOK_UP)
app.command(rich_help_panel=LOOK_UP)(metrics)
app.add_typer(cache, rich_help_panel=LOOK_UP)
app.command(rich_help_panel=LOOK_UP)(doctor)


def main() -> None:
    """Entry point of the console script. What a terminal has no letter for is escaped, never a reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="leaderboard")
