"""Tasks of lm-evaluation-harness: found by name in a user's folder or in the package, and loaded."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from datasets import exceptions as dataset_errors
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from lm_eval.api.group import Group
from lm_eval.api.task import Task as HarnessTask
from lm_eval.tasks import TaskManager
from lm_eval.tasks._index import Kind

from leaderboard.axes.harness.confinement import confined
from leaderboard.axes.harness.output_suppression import harness_seeds, suppressed_output
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.trust import (
    PACKAGED,
    check_readable,
    check_runs_no_code,
    confine_metrics,
    limit_patterns,
    names_in,
    sandbox_templates,
)
from leaderboard.errors import LeaderboardError, RequestError, SourceUnavailableError, unknown_name
from leaderboard.settings import user_path

PREFIX = "lm_eval:"
_NAME = re.compile(r"^(task:|group:|tag:|[^\S\n]*-)[ \t]*[\"']?([^\s\"']+)[\"']?[ \t]*$", re.MULTILINE)
_MAX_REPEATS = 1000
"""Maximum answers to one question; published tasks take 64, and each is kept in memory."""
_UNREACHABLE = (
    dataset_errors.DatasetNotFoundError,
    dataset_errors.DataFilesNotFoundError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    ConnectionError,
    FileNotFoundError,
)


@dataclass(frozen=True)
class LoadedTasks:
    """Loaded tasks of lm-evaluation-harness by name, and their groups, the outermost first."""

    tasks: Mapping[str, HarnessTask]
    groups: tuple[Group, ...]


def expand_tag(parameters: HarnessParameters) -> list[str]:
    """Return the tasks of a tag, each measured by itself; a task or a group is returned unchanged.

    Raises:
        RequestError: for a name in neither the folder nor the package.
    """
    manager, name = _manager_for(parameters), parameters.task
    entry = manager.task_index[name]
    return sorted(entry.tags) if entry.kind is Kind.TAG else [name]


def load_tasks(parameters: HarnessParameters) -> LoadedTasks:
    """Load a task or a group with its data.

    Raises:
        RequestError: for an unknown name, a task that would run untrusted code, or one that lm-evaluation-harness
            refuses.
        SourceUnavailableError: when its data cannot be reached.
    """
    sandbox_templates()
    limit_patterns()
    confine_metrics(trusted=parameters.trust_code)
    task_name = PREFIX + parameters.task
    manager = _manager_for(parameters)
    if (manager.task_index[parameters.task].cfg or {}).get(
        "unsafe_code"
    ):  # before it is loaded, which fetches the code
        raise _unsafe(task_name)
    folder = None
    if parameters.path is not None and not parameters.trust_code:
        folder = user_path(parameters.path).resolve()
        check_runs_no_code(parameters.task, manager.task_index, folder, where=task_name)
        entry = manager.task_index[parameters.task].yaml_path
        folder = None if entry is not None and Path(entry).resolve().is_relative_to(PACKAGED) else folder
    try:
        with suppressed_output(), harness_seeds(), confined(folder):
            loaded = manager.load(parameters.task)
    except LeaderboardError:
        raise
    except _UNREACHABLE as error:
        raise SourceUnavailableError(
            f"{task_name}: its data is out of reach: {_first_line(error)}\n"
            "  Fetch it once where there is a network (Hub data sets stay in the cache), or name another file"
        ) from None
    except Exception as error:  # noqa: BLE001 - a task file may be wrong in any way
        raise RequestError(
            f"{task_name}: lm-evaluation-harness cannot load it: {type(error).__name__}: {_first_line(error)}"
        ) from None
    tasks, groups = loaded["tasks"], loaded["groups"]
    if not tasks:
        raise RequestError(f"{task_name}: there is no task in this group")
    for name, task in tasks.items():
        _check_supported(task, PREFIX + name)
        _check_data(task, PREFIX + name, parameters)
        _set_fewshot(task, parameters)
    outermost = sorted(groups.values(), key=lambda group: group.name != parameters.task)
    return LoadedTasks(tasks, tuple(outermost))


def _set_fewshot(task: HarnessTask, parameters: HarnessParameters) -> None:
    """Set the number of few-shot examples as `lm_eval.simple_evaluate` does: a task that sets 0 keeps it."""
    task_value = task.get_config("num_fewshot")
    if parameters.num_fewshot is not None and task_value != 0:
        task.set_config(key="num_fewshot", value=parameters.num_fewshot)
    elif task_value is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=parameters.fewshot_seed)


def _check_supported(task: HarnessTask, where: str) -> None:
    if getattr(task, "UNSAFE_CODE", False):
        raise _unsafe(where)
    if getattr(task, "MULTIMODAL", False):
        raise RequestError(f"{where}: has images or sounds, which are not supported")
    repeats = task.get_config("repeats")
    if isinstance(repeats, int) and repeats > _MAX_REPEATS:
        raise RequestError(
            f"{where}: repeats: {repeats:,} answers to each question; at most {_MAX_REPEATS:,} are taken\n"
            "  Give a smaller number in the task's file."
        )


def _check_data(task: HarnessTask, where: str, parameters: HarnessParameters) -> None:
    """Check that a packaged task reads the Hub: `datasets` prefers a folder of that name in the working directory."""
    data = str(getattr(task, "DATASET_PATH", None) or "")
    if parameters.path is None and data and data not in _PACKAGED_DATASETS_MODULES and Path(data).exists():
        raise RequestError(
            f"{where}: '{data}' in the working directory would be read instead of the data set of that name\n"
            "  Run the command in another folder"
        )


def _unsafe(where: str) -> RequestError:
    return RequestError(f"{where}: runs code that a model generates, which is not supported")


def _manager_for(parameters: HarnessParameters) -> TaskManager:
    """Return the task manager that has the name: of the folder, of a part of the package, or of the whole package."""
    folder = None
    known_names: set[str] = set()
    if parameters.path is not None:
        folder = user_path(parameters.path).resolve()
        if not folder.is_dir():
            raise RequestError(f"--lm-eval-path {parameters.path}: no such folder")
        check_readable(folder)  # lm-evaluation-harness reads all of them, without limits
        folder_manager = _index(folder, packaged=False)
        known_names = set(map(str, folder_manager.all_tasks))
        if parameters.task in known_names and not _needs_package(parameters.task, folder_manager):
            return folder_manager
    packaged = _packaged()
    if parameters.task in packaged.tasks and parameters.task not in known_names:
        return _index(packaged.tasks[parameters.task], packaged=False)
    if parameters.task in packaged.others or parameters.task in known_names:
        full_index = _full_index(folder)
        if parameters.task in full_index.task_index:
            return full_index
    if folder is not None:
        raise unknown_name("task", parameters.task, known_names, where=f"--lm-eval-path {parameters.path}")
    raise _unknown(parameters.task, packaged.tasks)


def _needs_package(name: str, manager: TaskManager) -> bool:
    """Return whether a group contains tasks that its own folder does not have."""
    entry = manager.task_index[name]
    members = names_in((entry.cfg or {}).get("task")) if entry.kind is Kind.GROUP else []
    return any(each not in manager.task_index for each in members)


def _unknown(name: str, known_names: Iterable[str]) -> RequestError:
    """Return the error for an unknown name, with the nearest names only, since there are thousands."""
    close_matches = difflib.get_close_matches(name, known_names, n=5, cutoff=0.6)
    hint = (
        f"Did you mean {', '.join(PREFIX + each for each in close_matches)}?"
        if close_matches
        else "`lm-eval ls tasks` lists them all"
    )
    return RequestError(f"{PREFIX}{name}: lm-evaluation-harness has no task, group or tag of this name\n  {hint}")


@dataclass(frozen=True)
class _Packaged:
    """Names in the package's files, found by their text, since the package's own index takes many seconds.

    Attributes:
        tasks: folder of each task.
        others: names of possible groups and tags.
    """

    tasks: Mapping[str, Path]
    others: frozenset[str]


@cache
def _packaged() -> _Packaged:
    tasks: dict[str, Path] = {}
    others: set[str] = set()
    for path in sorted(PACKAGED.rglob("*.yaml")):
        for key, name in _NAME.findall(path.read_text(encoding="utf-8", errors="replace")):
            if key == "task:":
                tasks.setdefault(name, path.parent)
            else:
                others.add(name)
    return _Packaged(tasks, frozenset(others))


@cache
def _full_index(folder: Path | None) -> TaskManager:
    """Return the index of the package and a folder; cached, since it takes many seconds."""
    return _index(folder, packaged=True)


def _index(folder: Path | None, *, packaged: bool) -> TaskManager:
    try:
        with suppressed_output():
            return TaskManager(include_path=folder, include_defaults=packaged)
    except Exception as error:
        if folder is None:
            raise
        # It does not check the types of values in task files.
        raise RequestError(
            f"--lm-eval-path {folder}: lm-evaluation-harness cannot read its task files: "
            f"{type(error).__name__}: {_first_line(error)}"
        ) from None


def _first_line(error: BaseException) -> Any:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
