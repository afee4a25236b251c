"""The program `leaderboard`: its commands, and how errors are reported."""

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
from leaderboard.cli.explain import explain
from leaderboard.cli.export import export
from leaderboard.cli.export_model import export_model
from leaderboard.cli.gate import gate
from leaderboard.cli.import_results import import_results
from leaderboard.cli.metrics import metrics
from leaderboard.cli.mitigations import mitigations
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
from leaderboard.escapes import line
from leaderboard.front import command_line
from leaderboard.terminal import bound_width, echo, protect_streams, safe_streams
from leaderboard.version import __version__

_NOT_OUR_FAULT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC})
"""Errors of files and disks that cannot be read or written."""
_NO_PATH = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
"""Errors of invalid paths: names that are too long, circular links."""


class Program(TyperGroup):
    """Reports an error in one message with its exit status; `--debug` shows the traceback instead.

    Its help is plain text: importing rich takes longer than everything else.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, purpose, options and commands."""
        for write in (self.format_usage, self.format_help_text, self.format_options):
            write(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - overridden
        """Write the commands, panel by panel, each with its first paragraph."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            summary = " ".join((command.help or "").partition("\n\n")[0].split())
            panels.setdefault(panel, []).append((name, summary))
        for panel, commands in panels.items():
            with formatter.section(panel):
                formatter.write_dl(commands)

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program with the protected output streams of `leaderboard.terminal`."""
        with safe_streams():
            return super().main(*arguments, **options)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line; click would end silently if it is interrupted."""
        try:
            context = super().make_context(*arguments, **options)
        except KeyboardInterrupt:
            raise _interrupted() from None
        _hide_types_of_flags(self, context)
        return context

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            with command_line():
                return super().invoke(ctx)
        except LeaderboardError as error:
            if ctx.params.get("debug"):
                raise
            if sys.stdout is not None:  # None where the process began with it closed
                sys.stdout.flush()
            echo(f"error: {error}", err=True)
            wrong = isinstance(error, RequestError | SourceUnavailableError)
            raise typer.Exit(ExitStatus.WRONG_REQUEST if wrong else ExitStatus.FAILED) from None
        except OSError as error:
            if ctx.params.get("debug") or error.errno not in _NOT_OUR_FAULT | _NO_PATH:
                raise
            echo(f"error: {line(str(error.filename or 'a file'))}: {error.strerror}", err=True)
            wrong = error.errno in _NO_PATH
            raise typer.Exit(ExitStatus.WRONG_REQUEST if wrong else ExitStatus.FAILED) from None
        except KeyboardInterrupt:
            raise _interrupted() from None


def _hide_types_of_flags(command: Any, context: Any) -> None:
    """Leave `<bool>` out of the help of flags, which take no value; typer writes it since 0.29."""
    for option in (*command.params, command.get_help_option(context)):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    for subcommand in getattr(command, "commands", {}).values():
        _hide_types_of_flags(subcommand, subcommand.context_class(subcommand, parent=context))


def _interrupted() -> typer.Exit:
    """Report the interruption and return the exit that signals it."""
    echo("\ninterrupted", err=True)
    return typer.Exit(ExitStatus.INTERRUPTED)


app = typer.Typer(
    name="leaderboard",
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        echo(f"leaderboard {__version__}")
        raise typer.Exit


@app.callback()
def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="LEADERBOARD_DEBUG", help="Show the traceback of an error.")
    ] = False,
) -> None:
    """Measure one model on six axes (accuracy, OOD, bias, privacy, latency, explainability), with 95 % intervals."""


MEASURING, READING, GATING, REFERENCE = "Measure", "Read results", "Gate", "Reference"

app.command(rich_help_panel=MEASURING)(run)
app.add_typer(search, rich_help_panel=MEASURING)
app.command(rich_help_panel=MEASURING)(recompute)
app.add_typer(results, rich_help_panel=READING)
app.command(rich_help_panel=READING)(rank)
app.command(rich_help_panel=READING)(compare)
app.command(rich_help_panel=READING)(report)
app.command(rich_help_panel=READING)(observations)
app.command(rich_help_panel=READING)(explain)
app.command("app", rich_help_panel=READING)(board)
app.command(rich_help_panel=READING)(export)
app.command("import", rich_help_panel=READING)(import_results)
app.command("export-model", rich_help_panel=READING)(export_model)
app.add_typer(gate, rich_help_panel=GATING)
app.add_typer(baseline, rich_help_panel=GATING)
app.add_typer(tasks, rich_help_panel=REFERENCE)
app.add_typer(recipes, rich_help_panel=REFERENCE)
app.add_typer(mitigations, rich_help_panel=REFERENCE)
app.command(rich_help_panel=REFERENCE)(metrics)
app.add_typer(cache, rich_help_panel=REFERENCE)
app.command(rich_help_panel=REFERENCE)(doctor)


def main() -> None:
    """Entry point of the console script; characters that the terminal cannot encode are escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    bound_width()
    protect_streams()  # until the process ends: tracebacks contain untrusted text and secrets
    app(prog_name="leaderboard")
