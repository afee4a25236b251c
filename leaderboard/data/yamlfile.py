"""Reader of YAML files, with validation and error messages.

Task files, suites, recipes, search spaces, gate files, and task files of lm-evaluation-harness are all read here. A
plain word is read as in YAML 1.1 (`no` is false, 0x10 is 16), with two exceptions: a date such as 2020-01-31 stays
text, and so do class names.
"""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml import MarkedYAMLError

from leaderboard.data.text_files import read_text
from leaderboard.data.yaml_limits import FUNCTION, LARGEST_BYTES, LONGEST_NUMBER, check_events
from leaderboard.errors import RequestError
from leaderboard.invalid import explain, explain_yaml

M = TypeVar("M", bound=BaseModel)

_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Libyaml's safe loader, which is ten times faster; missing where PyYAML was built without it."""

_LABELS = "labels"
_PREFIX = "tag:yaml.org,2002:"
_TEXT = f"{_PREFIX}str"
_MERGE = f"{_PREFIX}merge"
_READ_OTHERWISE = frozenset(_PREFIX + kind for kind in ("bool", "int", "float", "null", "timestamp"))
"""Types that YAML may read from a plain word."""
_STAYS_TEXT = frozenset({f"{_PREFIX}timestamp", f"{_PREFIX}value", FUNCTION})
_KINDS = {f"{_PREFIX}bool": "true or false", f"{_PREFIX}int": "a whole number", f"{_PREFIX}float": "a number"}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
_SHOWN = 60
_BITS = 64


def load_yaml(
    text: str,
    *,
    where: str,
    under: Sequence[str] = (),
    functions: list[str] | None = None,
    unique_keys: bool = True,
    class_names: bool = True,
) -> Any:
    """Parse a YAML text, keeping class names as they are written: `no`, `1` and `on` are texts there.

    Everything else is read as in YAML 1.1, where `no` is false, except that dates stay text.

    Args:
        text: one document.
        where: the file or option, for messages.
        under: the keys above the text, such as `labels` and `LABEL_0` for one class.
        functions: takes the values with the tag `!function`, which is refused where this is None; they are read as
            text.
        unique_keys: refuse a key that a mapping has twice.
        class_names: some keys name classes (see above); in a search space `choices` are values.

    Raises:
        RequestError: naming the line and column, for a text that is not YAML, names a key twice, asks for more than
            plain values, or is beyond a limit of `yaml_limits`.
    """
    try:
        return _load(text, under, functions, unique_keys=unique_keys, class_names=class_names)
    except yaml.YAMLError as error:
        raise RequestError(f"{where}: is not valid YAML: {explain_yaml(error)}") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Each constructor of PyYAML fails in its own way; those that are known are told with their place.
        raise RequestError(f"{where}: is not valid YAML: {type(error).__name__}: {str(error)[:200]}") from None


def _load(text: str, under: Sequence[str], functions: list[str] | None, *, unique_keys: bool, class_names: bool) -> Any:
    _check_characters(text)
    check_events(text, _SAFE, functions=functions is not None)
    node = yaml.compose(text, Loader=_SAFE)
    if node is None:
        return None
    if under:
        _keep_names(under[-1], node)
    if list(under[-2:-1]) == [_LABELS]:
        _keep_text(node)
    loader = _SAFE("")
    try:
        _Walk(loader, functions, unique_keys=unique_keys, class_names=class_names).visit(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_characters(text: str) -> None:
    """Refuse control characters, unpaired surrogates, and directives that declare tags.

    Libyaml searches for every declared tag among all others, which is quadratic in a file of declarations.
    """
    if unprintable := _UNPRINTABLE.search(text):
        code = f"U+{ord(unprintable[0]):04X}"
        raise _at(text, unprintable.start(), f"the character {code} is not permitted; write it as an escape in quotes")
    if directive := _TAG_DIRECTIVE.search(text):
        raise _at(text, directive.start(), "`%TAG` declares tags, which are not permitted; remove the line")


def _at(text: str, position: int, problem: str) -> MarkedYAMLError:
    line, begin = text.count("\n", 0, position), text.rfind("\n", 0, position) + 1
    mark = yaml.Mark("", position, line, position - begin, "", 0)
    return MarkedYAMLError(problem=problem, problem_mark=mark)


class _Walk:
    """Visits every node once before values are constructed."""

    def __init__(self, loader: Any, functions: list[str] | None, *, unique_keys: bool, class_names: bool) -> None:
        self.loader = loader
        self.functions = functions
        self.unique_keys = unique_keys
        self.class_names = class_names
        self.visited: set[int] = set()

    def visit(self, node: yaml.Node) -> None:
        """Visit a node and its children, whose depth `check_events` has limited."""
        if id(node) in self.visited:  # an alias names a node again
            return
        self.visited.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            self._scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            for each in node.value:
                self.visit(each)
        elif isinstance(node, yaml.MappingNode):
            if self.unique_keys:
                _refuse_duplicate_keys(node)
            for key, value in node.value:
                if self.class_names:
                    _keep_names(key.value, value)
                self.visit(key)
                self.visit(value)

    def _scalar(self, node: yaml.ScalarNode) -> None:
        if node.tag == FUNCTION and self.functions is not None:
            self.functions.append(node.value)
        if node.tag in _STAYS_TEXT:
            node.tag = _TEXT
        kind = _KINDS.get(node.tag)
        if kind is None:
            return
        try:
            if len(node.value) > LONGEST_NUMBER:
                raise ValueError  # noqa: TRY301 - as PyYAML tells that it is none
            value = self.loader.construct_object(node)
        except (ArithmeticError, LookupError, ValueError):
            raise _of(node, f"'{_short(node.value)}' is not {kind}; quote it where it is text") from None
        if isinstance(value, int) and value.bit_length() > _BITS:
            raise _of(node, f"'{_short(node.value)}' has more than {_BITS} bits; quote it where it is text")


def _of(node: yaml.Node, problem: str) -> MarkedYAMLError:
    return MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _refuse_duplicate_keys(node: yaml.MappingNode) -> None:
    """Refuse a duplicate key, of which YAML's loader would silently take the last value."""
    keys: set[tuple[str, str]] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        name = (key.tag, unicodedata.normalize("NFC", key.value))
        if name in keys:
            raise _of(key, f"the key '{_short(key.value)}' is there twice; keep one of them")
        keys.add(name)


def _keep_names(key: object, node: yaml.Node) -> None:
    """Read scalars below a key as text where they are class names."""
    if isinstance(key, list):
        return  # a list or mapping as a key, which names nothing
    if isinstance(node, yaml.SequenceNode) and key in {_LABELS, "choices", "no_labels"}:
        for each in node.value:
            _keep_text(each)
    if isinstance(node, yaml.MappingNode) and key in {_LABELS, "label_values", "label_ranges"}:
        for name, value in node.value:
            _keep_text(name)
            _keep_text(value)


def _keep_text(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and node.tag in _READ_OTHERWISE:
        node.tag = _TEXT


def load_yaml_file(
    path: Path,
    *,
    where: str = "",
    functions: list[str] | None = None,
    unique_keys: bool = True,
    class_names: bool = True,
) -> Any:
    """Parse a YAML file, as `load_yaml` does.

    Args:
        path: path of a UTF-8 file.
        where: the option that named it, for messages, where there is one.
        functions: as in `load_yaml`.
        unique_keys: as in `load_yaml`.
        class_names: as in `load_yaml`.

    Raises:
        RequestError: also for a file that cannot be read.
    """
    text = read_text(path, largest=LARGEST_BYTES, where=where)
    return load_yaml(text, where=str(path), functions=functions, unique_keys=unique_keys, class_names=class_names)


def lines_of_items(path: Path, key: str) -> tuple[int, ...]:
    """Return the line of each item of a list below a key of a file that was read before, from 1.

    Raises:
        RequestError: as `load_yaml_file` does.
    """
    text = read_text(path, largest=LARGEST_BYTES)
    load_yaml(text, where=str(path))  # within the limits still, should the file be another by now
    root = yaml.compose(text, Loader=_SAFE)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    lists = [value for name, value in pairs if name.value == key and isinstance(value, yaml.SequenceNode)]
    return tuple(item.start_mark.line + 1 for node in lists for item in node.value)


def read_yaml(path: Path, model: type[M], *, kind: str) -> M:
    """Read a YAML file and validate it against a schema.

    Args:
        path: path of a UTF-8 file.
        model: schema of the file.
        kind: name of such a file ("a task file").

    Raises:
        RequestError: naming the file, the line or key, and what would be valid.
    """
    return parse_yaml(read_text(path, largest=LARGEST_BYTES), model, where=str(path), kind=kind)


def parse_yaml(text: str, model: type[M], *, where: str, kind: str) -> M:
    """Parse a YAML text and validate it against a schema.

    Args:
        text: one document.
        model: schema of the text.
        where: its file, for messages.
        kind: name of such a file ("a task file").

    Raises:
        RequestError: naming the file, the line or key, and what would be valid.
    """
    content = load_yaml(text, where=where)
    if not isinstance(content, dict):
        raise RequestError(f"{where}: {kind} is a mapping of keys, not {type(content).__name__}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise RequestError(explain(error, model, where=where)) from None
