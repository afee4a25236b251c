"""Checks by name, and reading of them from a task's data."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from leaderboard.axes.accuracy.instructions.check import InstructionCheck
from leaderboard.bounded_json import JsonError, parse_json
from leaderboard.errors import RequestError
from leaderboard.registry import Registry

_PACKAGE = "leaderboard.axes.accuracy.instructions"

instruction_checks: Registry[type[InstructionCheck]] = Registry(
    "instruction check",
    "leaderboard.instruction_checks",
    {
        "characters": f"{_PACKAGE}.length_checks:Characters",
        "words": f"{_PACKAGE}.length_checks:WordNumber",
        "sentences": f"{_PACKAGE}.length_checks:Sentences",
        "paragraphs": f"{_PACKAGE}.length_checks:Paragraphs",
        "lines": f"{_PACKAGE}.length_checks:Lines",
        "includes": f"{_PACKAGE}.keyword_checks:Includes",
        "excludes": f"{_PACKAGE}.keyword_checks:Excludes",
        "keyword_count": f"{_PACKAGE}.keyword_checks:KeywordCount",
        "excludes_characters": f"{_PACKAGE}.keyword_checks:ExcludesCharacters",
        "starts_with": f"{_PACKAGE}.keyword_checks:StartsWith",
        "ends_with": f"{_PACKAGE}.keyword_checks:EndsWith",
        "one_of": f"{_PACKAGE}.keyword_checks:OneOf",
        "matches": f"{_PACKAGE}.keyword_checks:Matches",
        "json": f"{_PACKAGE}.format_checks:ValidJson",
        "bullets": f"{_PACKAGE}.format_checks:Bullets",
        "numbered_items": f"{_PACKAGE}.format_checks:NumberedItems",
        "title": f"{_PACKAGE}.format_checks:Title",
        "placeholders": f"{_PACKAGE}.format_checks:Placeholders",
        "highlights": f"{_PACKAGE}.format_checks:Highlights",
        "quoted": f"{_PACKAGE}.format_checks:Quoted",
        "letter_case": f"{_PACKAGE}.format_checks:LetterCase",
        "language": f"{_PACKAGE}.language_checks:WrittenLanguage",
    },
)
"""Instruction checks by the value of the key `check`."""
NAME = "check"
"""Key of a check's name in a task's data."""


def checks_of(raw: Any) -> list[InstructionCheck]:
    """Return the checks of a prompt from a list of objects, or from JSON of one, as a table has it in a column.

    Raises:
        ValueError: for an unknown check or key, naming the valid ones.
    """
    if isinstance(raw, str):
        try:
            raw = parse_json(raw, unique_keys=True)
        except JsonError as error:
            raise ValueError(f"not a JSON list of checks: {error}") from None
    each = raw if isinstance(raw, list | tuple) else [raw]
    return [one if isinstance(one, InstructionCheck) else _check_of(one) for one in each]


def as_json(check: InstructionCheck) -> dict[str, Any]:
    """Return a check as `checks_of` reads it."""
    return {NAME: check.name, **check.model_dump(mode="json", exclude_defaults=True)}


def _check_of(raw: Any) -> InstructionCheck:
    if not isinstance(raw, Mapping) or not isinstance(raw.get(NAME), str):
        raise ValueError(  # noqa: TRY004 - pydantic reports no TypeError
            f'{raw!r} is no check, such as {{"{NAME}": "words", "at_least": 20}}'
        )
    settings = {key: value for key, value in raw.items() if key != NAME and value is not None}
    try:
        kind = instruction_checks.get(raw[NAME])
    except RequestError as error:
        raise ValueError(str(error)) from None
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        raise ValueError(f"check '{raw[NAME]}': {_problem(error, kind)}") from None


def _problem(error: ValidationError, kind: type[InstructionCheck]) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return (f"{place}: {message}" if place else message) + f" (its keys: {', '.join(kind.model_fields) or 'none'})"
