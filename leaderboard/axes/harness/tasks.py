"""Finds tasks of lm-evaluation-harness by name, in a folder of the user's or in the package, and loads them."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from datasets import exceptions as dataset_errors
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from lm_eval.api.group import Group
from lm_eval.api.task import Task as HarnessTask
from lm_eval.tasks import TaskManager
from lm_eval.tasks._index import Kind

from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.silence import seeded, silently
from leaderboard.axes.harness.trust import (
    PACKAGED,
    check_readable,
    check_runs_no_code,
    names_in,
    sandbox_templates,
)
from leaderboard.errors import LeaderboardError, RequestError, SourceUnavailableError, unknown_name
from leaderboard.settings import user_path

PREFIX = "lm_eval:"
_NAME = re.compile(r"^(task:|group:|tag:|\s*-)[ \t]*[\"']?([^\s\"']+)[\"']?[ \t]*$", re.MULTILINE)
_OUT_OF_REACH = (
    dataset_errors.DatasetNotFoundError,
    dataset_errors.DataFilesNotFoundError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    ConnectionError,
    FileNotFoundError,
)


@dataclass(frozen=True)
class Loaded:
    """Tasks of lm-evaluation-harness with their data, by name, and the groups they stand in, the outermost first."""

    tasks: Mapping[str, HarnessTask]
    groups: tuple[Group, ...]


def names_behind(asked: HarnessParameters) -> list[str]:
    """The tasks that a tag stands for, each measured by itself; a task or a group stands for itself.

    Raises:
        RequestError: for a name that neither the folder nor the package knows.
    """
    manager, name = _manager_for(asked), asked.task
    entry = manager.task_index[name]
    return sorted(entry.tags) if entry.kind is Kind.TAG else [name]


def load(asked: HarnessParameters) -> Loaded:
    """Load a task or a group with its data, ready to be asked.

    Raises:
        RequestError: for a name that nobody knows, a task that would run code nobody trusted, or one that
            lm-evaluation-harness itself refuses.
        SourceUnavailableError: when its data cannot be reached from here.
    """
    sandbox_templates()
    where = PREFIX + asked.task
    manager = _manager_for(asked)
    if (manager.task_index[asked.task].cfg or {}).get("unsafe_code"):  # before loading it fetches what runs the code
        raise _unsafe(where)
    if asked.path is not None and not asked.trust_code:
        check_runs_no_code(asked.task, manager.task_index, where=where)
    try:
        with silently(), seeded():
            found = manager.load(asked.task)
    except LeaderboardError:
        raise
    except _OUT_OF_REACH as error:
        raise SourceUnavailableError(
            f"{where}: its data is out of reach: {_first_line(error)}\n"
            "  Fetch it once where there is a network (Hub data sets stay in the cache), or name another file"
        ) from None
    except Exception as error:  # noqa: BLE001 - a task file may be wrong in any way
        raise RequestError(
            f"{where}: lm-evaluation-harness cannot load it: {type(error).__name__}: {_first_line(error)}"
        ) from None
    tasks, groups = found["tasks"], found["groups"]
    if not tasks:
        raise RequestError(f"{where}: there is no task in this group")
    for name, task in tasks.items():
        _check_offered(task, PREFIX + name)
        _set_fewshot(task, asked)
    outermost = sorted(groups.values(), key=lambda group: group.name != asked.task)
    return Loaded(tasks, tuple(outermost))


def _set_fewshot(task: HarnessTask, asked: HarnessParameters) -> None:
    """As `lm_eval.simple_evaluate` does: a task that sets 0 itself keeps it."""
    own = task.get_config("num_fewshot")
    if asked.num_fewshot is not None and own != 0:
        task.set_config(key="num_fewshot", value=asked.num_fewshot)
    elif own is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=asked.fewshot_seed)


def _check_offered(task: HarnessTask, where: str) -> None:
    if getattr(task, "UNSAFE_CODE", False):
        raise _unsafe(where)
    if getattr(task, "MULTIMODAL", False):
        raise RequestError(f"{where}: shows images or sounds, which no model here can read")


def _unsafe(where: str) -> RequestError:
    return RequestError(f"{where}: runs code that a model writes, which is not offered here")


def _manager_for(asked: HarnessParameters) -> TaskManager:
    """What knows the name: the folder, then the part of the package that has it, then all of the package."""
    folder = None
    known: set[str] = set()
    if asked.path is not None:
        folder = user_path(asked.path).resolve()
        if not folder.is_dir():
            raise RequestError(f"--lm-eval-path {asked.path}: no such folder")
        own = _index(folder, packaged=False)
        known = set(own.all_tasks)
        if asked.task in known and not _needs_package(asked.task, own):
            return own
    packaged = _packaged()
    if asked.task in packaged.tasks and asked.task not in known:
        return _index(packaged.tasks[asked.task], packaged=False)
    if asked.task in packaged.others or asked.task in known:
        everything = _everything(folder)
        if asked.task in everything.task_index:
            return everything
    if folder is not None:
        check_readable(folder)  # a file that is no YAML is passed over when names are looked for
        raise unknown_name("task", asked.task, known, where=f"--lm-eval-path {asked.path}")
    raise _unknown(asked.task, packaged.tasks)


def _needs_package(name: str, manager: TaskManager) -> bool:
    """Whether a group names tasks that its own folder does not have."""
    entry = manager.task_index[name]
    named = names_in((entry.cfg or {}).get("task")) if entry.kind is Kind.GROUP else []
    return any(each not in manager.task_index for each in named)


def _unknown(name: str, known: Iterable[str]) -> RequestError:
    """A wrong name, with the nearest few: there are too many to list them all."""
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.6)
    hint = f"Did you mean {', '.join(PREFIX + each for each in near)}?" if near else "`lm-eval ls tasks` lists them all"
    return RequestError(f"{PREFIX}{name}: lm-evaluation-harness has no task, group or tag of this name\n  {hint}")


@dataclass(frozen=True)
class _Packaged:
    """Names in the package's files, found by their text: its own index of them takes many seconds to make.

    Attributes:
        tasks: the folder of each task.
        others: what may name a group or a tag.
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
def _everything(folder: Path | None) -> TaskManager:
    """Every name of the package and of a folder; kept, since finding them takes many seconds."""
    return _index(folder, packaged=True)


def _index(folder: Path | None, *, packaged: bool) -> TaskManager:
    with silently():
        return TaskManager(include_path=folder, include_defaults=packaged)


def _first_line(error: BaseException) -> Any:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
