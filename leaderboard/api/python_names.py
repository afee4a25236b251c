"""Names of options in messages for Python: the arguments of a method in the place of flags of the command line.

Messages are written with flags, which are unambiguous in a text. A command to type, such as `leaderboard rank`, stays.
"""

import functools
import inspect
import re
from collections.abc import Callable, Collection
from typing import ParamSpec, TypeVar

from leaderboard.errors import LeaderboardError
from leaderboard.front import is_command_line

C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R")

_WHOLE = {
    "base": "adapter:FOLDER@BASE",
    "chat-template": "lm_eval=HarnessOptions(chat_template=True)",
    "drop-bad-rows": "drop_bad_rows=True",
    "failed": "failed=True",
    "ignore-split": "ignore_split=True",
    "keep-texts": "keep_texts=True",
    "merge-seeds": "merge_seeds=True",
    "no-data": "data=False",
    "no-header": "header=False",
    "no-record": "record=False",
    "no-rungs": "rungs=False",
    "offline": "offline=True",
    "resume": "resume=True",
    "trust-evaluate-code": "trust_evaluate_code=True",
    "trust-lm-eval-code": "lm_eval=HarnessOptions(trust_code=True)",
}
"""Flags without a value of their own in Python."""
_NAMES = {
    "axis": "axes",
    "format": "form",
    "header / --no-header": "header",
    "lm-eval-path": "HarnessOptions.path",
    "num-fewshot": "HarnessOptions.num_fewshot",
    "recipe-file": "recipe",
    "set": "recipe",
}
"""Flags whose argument has another name."""
_WITH_WORD = frozenset(
    {"delimiter", "device", "dtype", "encoding", "intervals", "language", "maximize", "method", "minimize", "recipe"}
)
"""Flags whose value may be a plain word in messages."""
FLAGS = frozenset(
    {
        *_WHOLE,
        *_NAMES,
        *_WITH_WORD,
        "against",
        "all",
        "alpha",
        "answers",
        "baseline",
        "baselines",
        "config",
        "data",
        "evaluation",
        "force",
    }
    | {"kind", "word"}
    | {"group", "header", "jobs", "label", "label-names", "label-ranges", "limit", "log-to", "metric", "model", "name"}
    | {"no-label", "observations", "older-than", "ood", "output", "pareto", "patience", "record", "results", "run"}
    | {"sampler", "scalarisation", "second", "seed", "seeds", "sheet", "space", "store", "study", "subject"}
    | {
        "subject-to",
        "suite",
        "task",
        "test",
        "text",
        "threads",
        "timeout",
        "to",
        "trials",
        "until",
        "variants",
        "weight",
    }
    | {"choices", "members", "nonmembers", "positive", "sensitive", "split", "weighted", "where"}
)
"""Flags that are an argument in Python, without the dashes."""
_NO_VALUES = frozenset(
    {"and", "as", "cannot", "for", "has", "in", "is", "it", "names", "needs", "on", "or", "out", "takes", "that", "to"}
    | {"where", "which", "with"}
)
"""Words that follow the name of a flag in a sentence."""
_COMMAND = r"(?P<command>\b(?:leaderboard|llama-server|lm_eval|ollama|pip|vllm) [a-z-][^`\n)]*)"
_SETTING = r"--set (?:'recipe\.(?P<quoted>[^']+)'|recipe\.(?P<path>[^\s=]+))=(?P<setting>[^\s,;)]+)"
_VALUE = (
    r"""(?: (?P<value>"[^"]*"|'[^']*'|[A-Z][A-Z_]*(?!\w|[.=]\w)|\d+(?:\.\d+)?(?!\w|\.\w)"""
    r"""|\w[^\s()]*[:=,./][^\s()]*[^\s():=,.;/]|[a-z]\w*))?"""
)
_FLAG = rf"(?<![\w-])--(?P<flag>header / --no-header|{'|'.join(sorted(FLAGS, key=len, reverse=True))})(?![\w-]){_VALUE}"
_PATTERN = re.compile(f"{_COMMAND}|{_SETTING}|{_FLAG}")


def python_text(message: str, arguments: Collection[str] = ()) -> str:
    """Return a message with the arguments of a Python method in the place of flags.

    Args:
        message: a message of this program.
        arguments: names of the arguments of the method; other options are keyword arguments that it passes on.
    """
    return _PATTERN.sub(lambda match: _replaced(match, arguments), message)


def in_python_names(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function whose errors name arguments, unless a command called it."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except LeaderboardError as error:
            if not is_command_line():
                error.args = (python_text(str(error), inspect.signature(function).parameters),)
            raise

    return wrapper


def with_python_names(cls: type[C]) -> type[C]:
    """Apply `in_python_names` to the public methods and properties of a class."""
    for name, member in list(vars(cls).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if inspect.isfunction(member):
            setattr(cls, name, in_python_names(member))
        elif isinstance(member, property) and member.fget is not None:
            setattr(cls, name, property(in_python_names(member.fget), doc=member.__doc__))
    return cls


def _replaced(match: re.Match[str], arguments: Collection[str]) -> str:
    if match["command"]:
        return match["command"]
    if match["setting"]:
        return _recipe(match["quoted"] or match["path"], match["setting"])
    return _option(match["flag"], match["value"], arguments)


def _option(flag: str, value: str | None, arguments: Collection[str]) -> str:
    """Return the argument of a flag with the value after it, or with the word that only follows it."""
    if flag == "force":
        return ("replace=True" if "replace" in arguments else "force=True") + (f" {value}" if value else "")
    if flag in _WHOLE:
        return _WHOLE[flag] + (f" {value}" if value and not value.isupper() else "")
    name = _argument(flag, arguments)
    if value is None:
        return name
    is_word = value.isidentifier() and value.islower()
    if "." in name or (is_word and (flag not in _WITH_WORD or value in _NO_VALUES)):
        return f"{name} {value}"
    is_literal = re.fullmatch(r"""[A-Z_]+|[\d.]+|".*"|'.*'""", value)
    return f"{name}={value}" if is_literal else f'{name}="{value}"'


def _argument(flag: str, arguments: Collection[str]) -> str:
    """Return the argument of a flag: by its own name or its plural, where the method has that."""
    name = _NAMES.get(flag, flag.replace("-", "_"))
    return next((each for each in (name, f"{name}s") if each in arguments), name)


def _recipe(path: str, value: str) -> str:
    """Return the argument `recipe` with one setting: `{"labels": {"a": "b"}}`."""
    text = value if re.fullmatch(r"…|[A-Z]+|[\d.e+-]+", value) else f'"{value}"'
    for key in reversed(path.split(".")):
        text = f'{{"{key}": {text}}}'
    return f"recipe={text}"
