"""A YAML file becomes a checked value: one way to read it, one way to tell what is wrong with it."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from leaderboard.errors import RequestError
from leaderboard.invalid import explain, explain_yaml

M = TypeVar("M", bound=BaseModel)

_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Libyaml's safe loader reads ten times faster; it is missing where PyYAML was built without it."""


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
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_SAFE)  # noqa: S506 - safe, either of them
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
