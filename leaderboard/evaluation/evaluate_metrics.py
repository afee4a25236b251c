"""Code of metrics `evaluate:…`, loaded before a run where the user trusts it, so that its digest is in identities."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from leaderboard.axes.accuracy.evaluate_modules.settings import (
    PREFIX,
    ModuleSettings,
    is_local,
    is_module,
    modules_of,
)
from leaderboard.axes.protocol import Protocol
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.tasks import Task, protocol_of

TRUST = "--trust-evaluate-code"


def with_module_code(request: TaskRequest, *, trust: bool, offline: bool) -> TaskRequest:
    """Return a request whose tasks have the digest of the code of each module of `evaluate`, and the keys it returns.

    Args:
        request: tasks of a run; those without such metrics stay as they are.
        trust: whether the user lets their code run.
        offline: do without the network.

    Raises:
        RequestError: for code that is not trusted, cannot be loaded, or cannot score its task.
        SourceUnavailableError: when a module of the Hugging Face Hub cannot be reached.
    """
    if trust and not any(map(_modules, request.tasks)):
        raise RequestError(f"{TRUST} is an option of tasks with a metric `{PREFIX}NAME`, and none of these has one")
    return replace(request, tasks=tuple(_resolved_task(task, trust, offline) for task in request.tasks))


def _modules(task: Task) -> list[str]:
    return [metric for metric in task.metrics if is_module(metric)]


def _resolved_task(task: Task, trust: bool, offline: bool) -> Task:
    if not _modules(task):
        return task
    protocol = protocol_of(task)
    resolved = {
        name: _resolved(name, settings, task, protocol, trust=trust, offline=offline).model_dump(
            mode="json", exclude_defaults=True
        )
        for name, settings in modules_of(protocol.parameters).items()
    }
    return task.with_parameters(evaluate=resolved)


def module_code(request: TaskRequest) -> frozenset[str]:
    """Return the digests of the code of all modules of a request that `with_module_code` returned."""
    settings = (each for task in request.tasks for each in modules_of(protocol_of(task).parameters).values())
    return frozenset(each.code for each in settings if each.code is not None)


def without_module_code(task: Task) -> Task:
    """Return a task as it is measured where no code of its modules may run: without the digests that its file pins.

    Its results are not those of a run that may run the code, and have another identity.
    """
    modules = task.parameters.get("evaluate")
    if not _modules(task) or not isinstance(modules, Mapping):
        return task
    kept = {name: {key: value for key, value in each.items() if key != "code"} for name, each in modules.items()}
    return task.with_parameters(evaluate=kept)


def code_to_trust(task: Task) -> list[str]:
    """Return the code that a run of a task would execute: each module of `evaluate`, and where its code is."""
    return [f"{metric} ({_place(metric.removeprefix(PREFIX), task.folder)})" for metric in _modules(task)]


def _resolved(
    name: str, settings: ModuleSettings, task: Task, protocol: Protocol[Any], *, trust: bool, offline: bool
) -> ModuleSettings:
    if not trust:
        raise RequestError(
            f"{task.name}: the metric '{PREFIX}{name}' is code that would be run ({_place(name, task.folder)})\n"
            f"  Read that code; if you trust it, add {TRUST} (which is recorded with the results)"
        )
    from leaderboard.axes.accuracy.evaluate_modules.loaded_models import recorded_models  # noqa: PLC0415
    from leaderboard.axes.accuracy.evaluate_modules.loading import (  # noqa: PLC0415 - slow to import
        downloaded_files,
        fetch_code,
        library_versions,
    )
    from leaderboard.axes.accuracy.evaluate_modules.scoring import choose_keys  # noqa: PLC0415 - slow to import

    code = fetch_code(name, settings, task.folder, offline=offline)
    settings = settings.model_copy(update={"code": code, "libraries": library_versions(code)})
    with recorded_models() as models:
        keys = choose_keys(name, settings, classes=protocol.example is TextExample)
    return settings.model_copy(update={"key": keys, "models": tuple(sorted(models | downloaded_files(code)))})


def _place(name: str, folder: Path) -> str:
    return str(folder / name) if is_local(name) else "from the Hugging Face Hub"
