"""What a folder of task files may do: say things, but run no code, unless its user trusts it.

Tasks that come with lm-evaluation-harness are that package's own code. A folder that somebody hands around is not: its
`!function` keys import Python files beside it, and its metrics may be fetched and run.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lm_eval.api.metrics  # fills the registry
import lm_eval.tasks
import lm_eval.utils
import yaml
from jinja2 import BaseLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from lm_eval.api.registry import METRIC_REGISTRY
from lm_eval.tasks._index import Entry, Kind

from leaderboard.errors import RequestError

PACKAGED = Path(lm_eval.tasks.__file__).resolve().parent
_FUNCTION = "!function"


def sandbox_templates() -> None:
    """Render prompts in a sandbox, as templates of our own are: the same text, but no way to the interpreter."""
    if isinstance(lm_eval.utils.env, SandboxedEnvironment):
        return
    sandbox = SandboxedEnvironment(loader=BaseLoader(), undefined=StrictUndefined, keep_trailing_newline=True)
    sandbox.filters.update(lm_eval.utils.env.filters)
    lm_eval.utils.env = sandbox


def check_runs_no_code(name: str, index: Mapping[str, Entry], *, where: str) -> None:
    """See that neither a task nor anything it includes or groups would run code from outside the package.

    Args:
        name: of a task, tag or group.
        index: what the folder holds, by name.
        where: the flag or file that asked, for the message.

    Raises:
        RequestError: naming the file and what it would run.
    """
    for path in dict.fromkeys(_files(name, index, set())):
        content, functions = _read(path)
        what = f"{_FUNCTION} {functions[0]}" if functions else _indirect_code(content)
        if what:
            raise RequestError(
                f"{where}: {path} runs Python code ({what})\n"
                "  Read that code; if you trust it, add --trust-lm-eval-code (which is recorded with the results)"
            )


def check_readable(folder: Path) -> None:
    """See that every task file of a folder is YAML.

    Raises:
        RequestError: naming the first that is not.
    """
    for path in sorted(folder.rglob("*.yaml")):
        _read(path)


def code_digest(folder: Path) -> str:
    """SHA-256 over the Python and YAML files of a folder and their names: what trusted tasks may run and read."""
    hasher = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".yml"}):
        hasher.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()


def _files(name: str, index: Mapping[str, Entry], seen: set[str]) -> Iterator[Path]:
    """The files that loading a name reads, except those of the package itself."""
    entry = index.get(name)
    if entry is None or name in seen:
        return
    seen.add(name)
    if entry.yaml_path is not None:
        yield from _with_includes(Path(entry.yaml_path).resolve(), set())
    if entry.kind is Kind.TAG:
        for tagged in sorted(entry.tags):
            yield from _files(tagged, index, seen)
    elif entry.kind is Kind.GROUP:
        for member in names_in((entry.cfg or {}).get("task")):
            yield from _files(member, index, seen)


def names_in(members: Any) -> Iterator[str]:
    """Every name that a group's list mentions, at any depth."""
    if isinstance(members, str):
        yield members
    elif isinstance(members, list):
        for member in members:
            yield from names_in(member)
    elif isinstance(members, Mapping):
        for key in ("task", "group"):
            yield from names_in(members.get(key))


def _with_includes(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path in seen or path.is_relative_to(PACKAGED):
        return
    seen.add(path)
    yield path
    content, _ = _read(path)
    included = content.get("include", [])
    for each in included if isinstance(included, list) else [included]:
        yield from _with_includes((path.parent / str(each)).resolve(), seen)


def _read(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    """What a file says, and the functions that it names, none of which is imported."""
    functions: list[str] = []

    class Loader(yaml.SafeLoader):
        pass

    def remember(_loader: yaml.SafeLoader, node: yaml.Node) -> str:
        functions.append(str(node.value))
        return str(node.value)

    Loader.add_constructor(_FUNCTION, remember)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RequestError(f"{path}: cannot be read: {error}") from None
    return (content if isinstance(content, Mapping) else {}), functions


def _indirect_code(said: Any) -> str:
    """What a task would run without naming a function: a metric that is fetched, or a prompt in another file."""
    if isinstance(said, list):
        return next(filter(None, map(_indirect_code, said)), "")
    if not isinstance(said, Mapping):
        return ""
    for metric in said.get("metric_list") or []:
        if metric.get("hf_evaluate") or metric.get("metric") not in METRIC_REGISTRY:
            return f"the metric '{metric.get('metric')}', which would be looked for on the Hugging Face Hub"
    if said.get("use_prompt"):
        return f"use_prompt: {said['use_prompt']}"
    return next(filter(None, map(_indirect_code, said.values())), "")
