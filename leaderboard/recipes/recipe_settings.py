"""Recipe settings: the settings of a recipe with defaults and meanings, collected from its class."""

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from leaderboard.docstrings import attribute_meanings, summary
from leaderboard.mitigations.registry import mitigations
from leaderboard.recipes.recipe import Recipe


@dataclass(frozen=True)
class Setting:
    """Setting of a recipe.

    Attributes:
        name: name of the setting.
        default: default value, JSON-like; None where `required`.
        required: whether it has no default.
        meaning: description in a sentence.
    """

    name: str
    default: Any
    required: bool
    meaning: str


def recipe_settings(kind: type[Recipe]) -> list[Setting]:
    """Return all settings: the recipe's own first, then those of the mitigations of its stages."""
    added = {
        name: each for each in mitigations().values() for name in each.model_fields if issubclass(each, kind.stages)
    }
    meanings = attribute_meanings(kind)
    for name, mitigation in added.items():
        meanings[name] = attribute_meanings(mitigation).get(name, "")
    names = [name for name in kind.model_fields if name != "recipe"]
    names.sort(key=lambda name: name in added)
    return [_describe_setting(kind, name, meanings.get(name, "")) for name in names]


def recipe_yaml(kind: type[Recipe], name: str) -> str:
    """Return a recipe file with every setting at its default, with its meaning; required settings are left empty."""
    import yaml  # noqa: PLC0415 - only who shows a recipe needs it

    lines = [f"# {summary(kind)}", f"recipe: {name}"]
    for setting in recipe_settings(kind):
        meaning = f"required: {setting.meaning}" if setting.required else setting.meaning
        value = "" if setting.required else yaml.safe_dump(setting.default, default_flow_style=True, width=1000)
        lines += ["", f"# {meaning}", f"{setting.name}: {value.removesuffix('...' + chr(10)).strip()}".rstrip()]
    return "\n".join(lines) + "\n"


def _describe_setting(kind: type[Recipe], name: str, meaning: str) -> Setting:
    field = kind.model_fields[name]
    required = field.is_required()
    default = None if required else field.get_default(call_default_factory=True, validated_data={})
    return Setting(name, _json_like(default), required, meaning)


def _json_like(value: Any) -> Any:
    if isinstance(value, Recipe):
        return {"recipe": str(value.recipe), **value.model_dump(mode="json", exclude_defaults=True)}
    return to_jsonable_python(value)
