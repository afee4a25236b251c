"""Sandboxed Jinja: a task file's templates fill in fields and can do nothing else."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leaderboard.errors import RequestError

# Plain text for models, not HTML: escaping would change what they read.
_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


def render(template: str, fields: Mapping[str, Any]) -> str:
    """The template with the fields filled in.

    Raises:
        RequestError: for a template that is broken, names a field that is not there, or tries what the sandbox forbids.
    """
    try:
        return _compiled(template).render(fields)
    except TemplateError as error:
        known = ", ".join(map(str, fields))
        raise RequestError(f"template {template!r}: {error}\n  Fields it can use: {known}") from None


@cache
def _compiled(template: str) -> Template:
    return _environment.from_string(template)
