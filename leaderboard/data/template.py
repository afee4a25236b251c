"""Sandboxed Jinja templates of task files, which can only fill in fields."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from jinja2 import Template

    from leaderboard.data.bounded_templates import BoundedEnvironment

_FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Exceptions of expressions in a template, in addition to errors of the template itself."""

_SHOWN = 300


def render(template: str, fields: Mapping[str, Any]) -> str:
    """Render a template with the given fields.

    Raises:
        RequestError: for a template that is broken, names a field that is not there, or tries what the sandbox forbids.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - most commands read task files and render none

    try:
        return _compiled(template).render(fields)
    except (TemplateError, *_FAILURES) as error:
        names = ", ".join(map(str, fields))
        raise RequestError(
            f"template {_short(template)!r}: {_short(error)}\n  Fields it can use: {_short(names)}"
        ) from None


def well_formed(template: str) -> str:
    """Check that a template is valid, and return it.

    Raises:
        ValueError: when it is broken, whatever it will be filled with.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - as above

    try:
        _compiled(template)
    except TemplateError as error:
        raise ValueError(f"template {_short(template)!r}: {_short(error)}") from None
    return template


def fields_only(*fields: str) -> Callable[[str], str]:
    """Return a validator of templates that checks that they are valid and name no other fields.

    Args:
        fields: names of the fields that a template is filled with.
    """

    def check(template: str) -> str:
        well_formed(template)
        if unknown := sorted(variables(template) - set(fields)):
            raise ValueError(
                f"template {_short(template)!r}: no field {unknown[0]!r}; the fields are: {', '.join(fields)}"
            )
        return template

    return check


def variables(template: str) -> set[str]:
    """Return the names that a valid template looks up in its fields."""
    from jinja2.meta import find_undeclared_variables  # noqa: PLC0415 - as above

    return find_undeclared_variables(_environment().parse(template))


@cache
def _environment() -> "BoundedEnvironment":
    from jinja2 import StrictUndefined  # noqa: PLC0415 - as above

    from leaderboard.data.bounded_templates import BoundedEnvironment  # noqa: PLC0415 - as above

    # Plain text for models, not HTML: escaping would change what they read.
    return BoundedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


def _compiled(template: str) -> "Template":
    return _environment().from_string(template)


def _short(text: object) -> str:
    """Shorten a text for a message."""
    quoted = str(text)
    return quoted if len(quoted) <= _SHOWN else quoted[: _SHOWN - 1] + "…"
