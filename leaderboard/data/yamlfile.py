"""A YAML file becomes a checked value: one way to read it, one way to tell what is wrong with it."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml import MarkedYAMLError

from leaderboard.errors import RequestError
from leaderboard.invalid import explain, explain_yaml

M = TypeVar("M", bound=BaseModel)

_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Libyaml's safe loader reads ten times faster; it is missing where PyYAML was built without it."""

_LABELS = "labels"
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_READ_OTHERWISE = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null", "timestamp"))
"""What a plain word may be taken for."""


def load_yaml(text: str, *, under: Sequence[str] = ()) -> Any:
    """What a YAML text says, with the names of classes as they are written: `no` is a class, and so are `1` and `on`.

    Everything else is read as YAML 1.1 has it, where `no` is false.

    Args:
        text: of one document.
        under: the keys that the text stands below, such as `labels` and `LABEL_0` for one class.

    Raises:
        yaml.YAMLError: for a text that is not YAML, names a key twice, or asks for more than plain values.
    """
    node = yaml.compose(text, Loader=_SAFE)
    if node is None:
        return None
    _walk(node, set())
    if under:
        _keep_names(under[-1], node)
    if list(under[-2:-1]) == [_LABELS]:
        _keep_text(node)
    loader = _SAFE("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _walk(node: yaml.Node, walked: set[int]) -> None:
    if id(node) in walked:  # an alias names a node again, even inside itself
        return
    walked.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _walk(each, walked)
    if isinstance(node, yaml.MappingNode):
        _refuse_twice(node)
        for key, value in node.value:
            _keep_names(key.value, value)
            _walk(value, walked)


def _refuse_twice(node: yaml.MappingNode) -> None:
    """See that no key is there twice: of two values, YAML's loader would take the last without a word."""
    seen: set[tuple[str, str]] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        name = (key.tag, unicodedata.normalize("NFC", key.value))
        if name in seen:
            raise MarkedYAMLError(
                problem=f"the key '{key.value}' is there twice; keep one of them", problem_mark=key.start_mark
            )
        seen.add(name)


def _keep_names(key: object, node: yaml.Node) -> None:
    """Read what stands below a key as text where it names classes."""
    if isinstance(node, yaml.SequenceNode) and key in {_LABELS, "choices"}:
        for each in node.value:
            _keep_text(each)
    if isinstance(node, yaml.MappingNode) and key in {_LABELS, "label_values", "label_ranges"}:
        for name, value in node.value:
            _keep_text(name)
            _keep_text(value)


def _keep_text(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and node.tag in _READ_OTHERWISE:
        node.tag = _TEXT


def read_yaml(path: Path, model: type[M], *, what: str) -> M:
    """The file's content, as its schema has it.

    Args:
        path: of the file, UTF-8.
        model: its schema.
        what: such a file is called ("a task file").

    Raises:
        RequestError: naming the file, the line or key, and what would be valid.
    """
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise RequestError(f"{path}: is not valid YAML: {explain_yaml(error)}") from None
    if not isinstance(content, dict):
        raise RequestError(f"{path}: {what} is a mapping of keys, not {type(content).__name__}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise RequestError(explain(error, model, where=str(path))) from None
