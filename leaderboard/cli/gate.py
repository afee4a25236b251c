"""`leaderboard gate`: rules that a subject must satisfy, for people and for CI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import StoreUrl, enum_option, writing
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import RequestError
from leaderboard.escapes import shell
from leaderboard.gate.defaults import BASELINES, CONFIG, GateFormat
from leaderboard.terminal import command, console, echo

if TYPE_CHECKING:
    from leaderboard.gate.report import GateReport

gate = typer.Typer(name="gate", invoke_without_command=True)

Config = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="Gate file with the rules.")]
Subject = Annotated[
    str | None,
    typer.Option("--subject", metavar="S", help="Subject to judge; optional when the store holds only one."),
]


@gate.callback()
def run_gate(
    ctx: typer.Context,
    *,
    config: Config = CONFIG,
    subject: Subject = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="B",
            help="Baseline to compare with: a saved baseline, a result document, or a subject of the store.",
        ),
    ] = None,
    baselines: Annotated[
        Path, typer.Option("--baselines", metavar="DIR", help="Folder of saved baselines.")
    ] = BASELINES,
    results: Annotated[
        Path | None,
        typer.Option("--results", metavar="FILE", help="Judge a subject of this result document; no store is needed."),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown.")] = None,
    sarif: Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Annotate the gate file and add to the job summary in GitHub Actions.")
    ] = False,
    output: Annotated[GateFormat, enum_option(GateFormat, "--format", "Output format")] = GateFormat.TABLE,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Record the verdicts in the store, if it exists.")
    ] = True,
    store: StoreUrl = None,
) -> None:
    """Judge a subject by the rules of a gate file. Rules compare intervals, not point estimates.

    leaderboard gate --config gate.yaml --subject gt-all --baseline main
    leaderboard gate --results new.json --baseline main --junit gate.xml

    Exit status: 0 for PASS, 1 for FAIL, 2 for an invalid request, 3 for INCONCLUSIVE.
    """
    if ctx.invoked_subcommand is not None:
        return
    from leaderboard.api import Leaderboard

    report = Leaderboard(store).gate(
        config, subject=subject, baseline=baseline, baselines=baselines, results=results, record=record
    )
    _write({"--junit": junit, "--markdown": markdown, "--sarif": sarif}, report)
    _print(report, output, github=github)
    status = _status(report)
    if status:
        raise typer.Exit(status)


@gate.command("init")
def init_gate(
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Gate file to write.")] = CONFIG,
    subject: Subject = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    store: StoreUrl = None,
) -> None:
    """Write a gate file with a rule for each headline metric of a subject of the store, with comments.

    leaderboard gate init --subject gt-all
    """
    from leaderboard.whole_files import check_stays_inside, write_whole

    check_stays_inside(output)
    if output.exists() and not force:
        raise RequestError(f"{output}: already exists\n  Replace it with --force, or name another with --output")

    from leaderboard.api import Leaderboard

    text = Leaderboard(store).gate_template(subject)
    with writing("--output", output):
        write_whole(output, text.encode())
    echo(f"{output}: written. Review and tighten the rules, then run: leaderboard gate --config {shell(str(output))}")


def _write(paths: dict[str, Path | None], report: "GateReport") -> None:
    from leaderboard.gate.junit import junit_text
    from leaderboard.gate.markdown import markdown_summary
    from leaderboard.gate.sarif import sarif_text
    from leaderboard.whole_files import write_whole

    forms = {"--junit": junit_text, "--markdown": markdown_summary, "--sarif": sarif_text}
    for flag, path in paths.items():
        if path is not None:
            with writing(flag, path):
                write_whole(path, forms[flag](report).encode())


def _print(report: "GateReport", output: GateFormat, *, github: bool) -> None:
    import sys
    from contextlib import nullcontext

    from leaderboard.gate.github import annotations, without_commands, write_summary
    from leaderboard.reports.gate_verdicts import gate_json, print_gate

    if output is GateFormat.JSON:
        echo(gate_json(report), nl=False)
    else:
        with without_commands(sys.stdout) if github else nullcontext():
            print_gate(report, console())
    if github:
        write_summary(report)
        for line in annotations(report):
            command(line, sys.stderr if output is GateFormat.JSON else sys.stdout)


def _status(report: "GateReport") -> int:
    if report.passed:
        return 0
    return ExitStatus.FAILED if report.failed else ExitStatus.INCONCLUSIVE
