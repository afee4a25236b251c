"""Trust: a folder of task files may run no code unless the user trusts it.

Tasks that come with lm-evaluation-harness are that package's own code. Other folders are not: their `!function` keys
import Python files, and their metrics may be fetched and run.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import evaluate
import evaluate.loading
import lm_eval.api.metrics  # fills the registry
import lm_eval.filters.extraction
import lm_eval.tasks
import lm_eval.utils
from jinja2 import BaseLoader, StrictUndefined
from lm_eval.api.registry import METRIC_REGISTRY
from lm_eval.tasks._index import Entry, Kind

from leaderboard.data.bounded_templates import BoundedEnvironment
from leaderboard.data.patterns import LimitedModule, limited_pattern
from leaderboard.data.yaml_limits import FUNCTION
from leaderboard.data.yamlfile import load_yaml_file
from leaderboard.errors import RequestError

PACKAGED = Path(lm_eval.tasks.__file__).resolve().parent


def sandbox_templates() -> None:
    """Render prompts in a sandbox, without access to the interpreter; texts stay the same."""
    if isinstance(lm_eval.utils.env, BoundedEnvironment):
        return
    sandbox = BoundedEnvironment(loader=BaseLoader(), undefined=StrictUndefined, keep_trailing_newline=True)
    sandbox.filters["regex_replace"] = _regex_replace
    lm_eval.utils.env = sandbox


def limit_patterns() -> None:
    """Match regular expressions of task files (in filters and metrics) with a time limit."""
    for module in (lm_eval.filters.extraction, lm_eval.api.metrics):
        module.re = LimitedModule()


def _regex_replace(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    """Filter `regex_replace` of lm-evaluation-harness, with a time limit."""
    return limited_pattern(pattern).sub(replacement, text, count)


def confine_metrics(*, trusted: bool) -> None:
    """Keep `evaluate.load("rouge")` in a task's code from running `rouge/rouge.py` of the working directory.

    Args:
        trusted: whether the code of a metric may be fetched from the Hugging Face Hub and run.
    """
    if not isinstance(evaluate.loading.evaluation_module_factory, _Factory):
        evaluate.loading.evaluation_module_factory = _Factory(evaluate.loading.evaluation_module_factory)
    evaluate.loading.evaluation_module_factory.trusted = trusted


class _Factory:
    """Replacement of the factory of `evaluate` that refuses untrusted code."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self._original = original
        self.trusted = False

    def __call__(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """Check a metric and call the original factory."""
        if Path(path).exists():
            raise RequestError(
                f"the metric '{path}' of `evaluate` would be the code in {Path(path).absolute()}, which is not run\n"
                "  Run the command in another folder"
            )
        if not self.trusted:
            raise RequestError(
                f"the metric '{path}' of `evaluate` is code that would be fetched from the Hugging Face Hub and run\n"
                "  If you trust it, add --trust-lm-eval-code (which is recorded with the results)"
            )
        return self._original(path, *args, **kwargs)


def check_runs_no_code(name: str, index: Mapping[str, Entry], folder: Path, *, where: str) -> None:
    """Check that neither a task nor anything it includes or groups would run code from outside the package.

    Args:
        name: name of a task, tag or group.
        index: entries of the folder, by name.
        folder: folder that included files have to lie in, unless they come with lm-evaluation-harness.
        where: flag or file of the request, for the message.

    Raises:
        RequestError: naming the file and the code that it would run.
    """
    for path in dict.fromkeys(_files(name, index, set(), folder)):
        content, functions = _read(path)
        reason = f"{FUNCTION} {functions[0]}" if functions else _indirect_code(content)
        if reason:
            raise RequestError(
                f"{where}: {path} runs Python code ({reason})\n"
                "  Read that code; if you trust it, add --trust-lm-eval-code (which is recorded with the results)"
            )


def check_readable(folder: Path) -> None:
    """Check that every task file of a folder is YAML.

    Raises:
        RequestError: naming the first file that is not.
    """
    for path in sorted(folder.rglob("*.yaml")):
        _read(path)


def code_digest(folder: Path) -> str:
    """Return the SHA-256 over the Python and YAML files of a folder and their names, which trusted tasks may use."""
    hasher = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".yml"}):
        hasher.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()


def _files(name: str, index: Mapping[str, Entry], visited: set[str], folder: Path) -> Iterator[Path]:
    """Yield the files that loading a name reads, except those of the package itself."""
    entry = index.get(name)
    if entry is None or name in visited:
        return
    visited.add(name)
    if entry.yaml_path is not None:
        yield from _with_includes(Path(entry.yaml_path).resolve(), set(), folder)
    if entry.kind is Kind.TAG:
        for member_task in sorted(entry.tags):
            yield from _files(member_task, index, visited, folder)
    elif entry.kind is Kind.GROUP:
        for member in names_in((entry.cfg or {}).get("task")):
            yield from _files(member, index, visited, folder)


def names_in(members: Any) -> Iterator[str]:
    """Yield every name in the list of a group, at any depth."""
    if isinstance(members, str):
        yield members
    elif isinstance(members, list):
        for member in members:
            yield from names_in(member)
    elif isinstance(members, Mapping):
        for key in ("task", "group"):
            yield from names_in(members.get(key))


def _with_includes(path: Path, visited: set[Path], folder: Path) -> Iterator[Path]:
    if path in visited or path.is_relative_to(PACKAGED):
        return
    if not path.is_relative_to(folder):  # before it is read: an error would quote its content
        raise RequestError(
            f"{folder}: a task file includes {path}, outside the folder\n"
            "  Copy it into the folder; or, if you trust the task, add --trust-lm-eval-code"
        )
    visited.add(path)
    yield path
    content, _ = _read(path)
    included = content.get("include", [])
    for each in included if isinstance(included, list) else [included]:
        yield from _with_includes(_resolved(path, str(each)), visited, folder)


def _resolved(path: Path, included: str) -> Path:
    try:
        return (path.parent / included).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise RequestError(f"{path}: include: {included[:60]!r} is not a path: {error}") from None


def _read(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    """Read the content of a file, and the functions that it names, none of which is imported."""
    functions: list[str] = []
    # lm-evaluation-harness takes the last of two values of one key, and so does this.
    content = load_yaml_file(path, functions=functions, unique_keys=False)
    return (content if isinstance(content, Mapping) else {}), functions


def _indirect_code(config: Any) -> str:
    """Return code that a task would run without naming a function: a fetched metric, or a prompt in another file."""
    if isinstance(config, list):
        return next(filter(None, map(_indirect_code, config)), "")
    if not isinstance(config, Mapping):
        return ""
    metric_list = config.get("metric_list") or []
    for metric in metric_list if isinstance(metric_list, list) else [metric_list]:
        entry = metric if isinstance(metric, Mapping) else {"metric": metric}
        name = str(entry.get("metric"))
        if entry.get("hf_evaluate") or name not in METRIC_REGISTRY:
            return f"the metric '{name}', which would be looked for on the Hugging Face Hub"
    if config.get("use_prompt"):
        return f"use_prompt: {config['use_prompt']}"
    return next(filter(None, map(_indirect_code, config.values())), "")
