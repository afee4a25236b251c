"""Sandboxed Jinja: a task file's templates fill in fields and can do nothing else."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an expression in a template can raise, besides what is wrong with the template itself."""


def render(template: str, fields: Mapping[str, Any]) -> str:
    """The template with the fields filled in.

    Raises:
        RequestError: for a template that is broken, names a field that is not there, or tries what the sandbox forbids.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - most commands read task files and render none

    try:
        return _compiled(template).render(fields)
    except (TemplateError, *_FAILURES) as error:
        known = ", ".join(map(str, fields))
        raise RequestError(f"template {template!r}: {error}\n  Fields it can use: {known}") from None


def well_formed(template: str) -> str:
    """The template itself.

    Raises:
        ValueError: when it is broken, whatever it will be filled with.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - as above

    try:
        _compiled(template)
    except TemplateError as error:
        raise ValueError(f"template {template!r}: {error}") from None
    return template


@cache
def _environment() -> "ImmutableSandboxedEnvironment":
    from jinja2 import StrictUndefined  # noqa: PLC0415 - as above
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - as above

    # Plain text for models, not HTML: escaping would change what they read.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


@cache
def _compiled(template: str) -> "Template":
    return _environment().from_string(template)
