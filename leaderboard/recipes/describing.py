"""Describing: what a recipe does and what may be set about it, read off its class."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from leaderboard.recipes.recipe import Recipe

_SETTING = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*)$")


@dataclass(frozen=True)
class Setting:
    """One thing that may be set.

    Attributes:
        name: of the setting.
        default: JSON-like; None where `required`.
        required: whether it has to be given.
        meaning: in a sentence.
    """

    name: str
    default: Any
    required: bool
    meaning: str


def summary(kind: type[Recipe]) -> str:
    """The first paragraph of what is said about a recipe."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


def settings(kind: type[Recipe]) -> list[Setting]:
    """Everything that may be set, the recipe's own first and what all recipes share last."""
    meanings = _meanings(kind)
    own = [name for name in kind.model_fields if name not in Recipe.model_fields]
    shared = [name for name in Recipe.model_fields if name != "recipe"]
    return [_setting(kind, name, meanings.get(name, "")) for name in [*own, *shared]]


def as_yaml(kind: type[Recipe], name: str) -> str:
    """A recipe file with every setting at its default and what it means; one that has to be given is left empty."""
    import yaml  # noqa: PLC0415 - only who shows a recipe needs it

    lines = [f"# {summary(kind)}", f"recipe: {name}"]
    for setting in settings(kind):
        meaning = f"required: {setting.meaning}" if setting.required else setting.meaning
        value = "" if setting.required else yaml.safe_dump(setting.default, default_flow_style=True, width=1000)
        lines += ["", f"# {meaning}", f"{setting.name}: {value.removesuffix('...' + chr(10)).strip()}".rstrip()]
    return "\n".join(lines) + "\n"


def _setting(kind: type[Recipe], name: str, meaning: str) -> Setting:
    field = kind.model_fields[name]
    required = field.is_required()
    default = None if required else field.get_default(call_default_factory=True, validated_data={})
    return Setting(name, _json_like(default), required, meaning)


def _json_like(value: Any) -> Any:
    return {"recipe": str(value.recipe)} if isinstance(value, Recipe) else to_jsonable_python(value)


def _meanings(kind: type[Recipe]) -> dict[str, str]:
    """What the `Attributes:` sections of a class and those it builds on say; a class goes before those."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        inside, name = False, ""
        for line in inspect.cleandoc(each.__dict__.get("__doc__") or "").splitlines():
            if line == "Attributes:":
                inside = True
            elif inside and (match := _SETTING.match(line)):
                name = match[1]
                found[name] = match[2]
            elif inside and line.startswith(" " * 8):
                found[name] += " " + line.strip()
            elif line:
                inside = False
    return found
