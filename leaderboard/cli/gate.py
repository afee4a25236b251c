"""`leaderboard gate`: rules that a subject must keep, for people and for build servers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import StoreUrl, one_of, writing
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import RequestError
from leaderboard.gate.defaults import BASELINES, CONFIG, GateFormat
from leaderboard.settings import store_url

if TYPE_CHECKING:
    from leaderboard.gate.told import Told
    from leaderboard.store.repository import Store

gate = typer.Typer(name="gate", invoke_without_command=True)

Config = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The rules.")]
Subject = Annotated[
    str | None,
    typer.Option("--subject", metavar="S", help="Who is judged; the only subject where there is one alone."),
]


@gate.callback()
def run_gate(
    ctx: typer.Context,
    *,
    config: Config = CONFIG,
    subject: Subject = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="B", help="A saved baseline, a result document, or a subject of the store."),
    ] = None,
    baselines: Annotated[
        Path, typer.Option("--baselines", metavar="DIR", help="Where saved baselines are kept.")
    ] = BASELINES,
    results: Annotated[
        Path | None,
        typer.Option("--results", metavar="FILE", help="Judge this result document; no database is needed."),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown.")] = None,
    sarif: Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Annotate the gate's file and add to the summary of a GitHub job.")
    ] = False,
    output: Annotated[GateFormat, one_of(GateFormat, "--format", "How to print it")] = GateFormat.TABLE,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Keep the verdicts in the store, where there is one.")
    ] = True,
    store: StoreUrl = None,
) -> None:
    """Judge a subject by the rules of a gate, on intervals rather than on points.

    leaderboard gate --config gate.yaml --subject gt-all --baseline main
    leaderboard gate --results new.json --baseline main --junit gate.xml

    Ends with 0 when it passes, 1 when it fails, 2 when the request is wrong, 3 when it cannot tell.
    """
    if ctx.invoked_subcommand is not None:
        return
    told, existing = _judged(
        config, subject=subject, baseline=baseline, baselines=baselines, results=results, store=store
    )
    _write({"--junit": junit, "--markdown": markdown, "--sarif": sarif}, told)
    if record and existing is not None:
        from leaderboard.store.gates import record_gate

        record_gate(existing, told.run)
    _print(told, output, github=github)
    status = _status(told)
    if status:
        raise typer.Exit(status)


@gate.command("init")
def init_gate(
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")] = CONFIG,
    subject: Subject = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    store: StoreUrl = None,
) -> None:
    """Write a gate with a rule for each headline metric of a subject of the store, with comments.

    leaderboard gate init --subject gt-all
    """
    if output.exists() and not force:
        raise RequestError(f"{output}: is there already\n  Replace it with --force, or name another with --output")

    from leaderboard.cli.stored import filled_store
    from leaderboard.gate.choosing import stored_subject
    from leaderboard.gate.starting import starting_gate
    from leaderboard.reports.whole_files import write_whole

    text = starting_gate(stored_subject(filled_store(store), subject))
    with writing("--output", output):
        write_whole(output, text.encode())
    typer.echo(f"{output}: written. Read it, change what is too lenient, then: leaderboard gate --config {output}")


def _judged(
    config: Path,
    *,
    subject: str | None,
    baseline: str | None,
    baselines: Path,
    results: Path | None,
    store: str | None,
) -> "tuple[Told, Store | None]":
    from leaderboard.cli.stored import filled_store
    from leaderboard.gate.choosing import baseline_of, document_subject, stored_subject
    from leaderboard.gate.config import read_gate
    from leaderboard.gate.evidence import Case
    from leaderboard.gate.judging import judge
    from leaderboard.gate.told import Told, timing_notes
    from leaderboard.store.database import open_existing

    asked = read_gate(config)
    who = subject or asked.config.subject
    existing: Store | None
    if results is None:
        existing = filled_store(store)
        judged = stored_subject(existing, who)
    else:
        existing = open_existing(store or store_url())
        judged = document_subject(results, who)
    beside = baseline or asked.config.baseline
    other, called = baseline_of(beside, baselines, existing) if beside else (None, "")
    case = Case(judged, other)
    run = judge(asked, case, called=called, at=datetime.now(UTC))
    return Told(asked, run, (*case.notes, *timing_notes(run))), existing


def _write(asked: dict[str, Path | None], told: "Told") -> None:
    from leaderboard.gate.junit import junit_text
    from leaderboard.gate.markdown import markdown_summary
    from leaderboard.gate.sarif import sarif_text
    from leaderboard.reports.whole_files import write_whole

    forms = {"--junit": junit_text, "--markdown": markdown_summary, "--sarif": sarif_text}
    for flag, path in asked.items():
        if path is not None:
            with writing(flag, path):
                write_whole(path, forms[flag](told).encode())


def _print(told: "Told", output: GateFormat, *, github: bool) -> None:
    import sys
    from contextlib import nullcontext

    from rich.console import Console

    from leaderboard.gate.github import annotations, without_commands, write_summary
    from leaderboard.reports.gated import gate_json, print_gate

    if output is GateFormat.JSON:
        sys.stdout.write(gate_json(told))
    else:
        with without_commands(sys.stdout) if github else nullcontext():
            print_gate(told, Console())
    if github:
        write_summary(told)
        for line in annotations(told):
            typer.echo(line, err=output is GateFormat.JSON)


def _status(told: "Told") -> int:
    from leaderboard.store.records import Verdict

    return {Verdict.PASS: 0, Verdict.FAIL: ExitStatus.FAILED, Verdict.CANNOT_TELL: ExitStatus.CANNOT_TELL}[told.ending]
