"""Space: which levers of a base are searched, over which values, and which stand still."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from leaderboard.errors import RequestError, unknown_name
from leaderboard.invalid import explain, explain_yaml
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.recipe import Recipe
from leaderboard.studies.bases import Base, base_for, bases
from leaderboard.studies.levers import Lever, Stage, levers
from leaderboard.studies.ranges import Choice, Range, Real, Value, Whole

if TYPE_CHECKING:
    from leaderboard.models.reference import ResolvedModel

_KEYS = ("base", "levers", "others", "teacher", "teacher_recipe", "translators", "labels")
_EXTRA = ("teacher", "teacher_recipe", "translators", "labels")
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Space:
    """What a search may try.

    Attributes:
        base: its name.
        layers: of the model.
        searched: range of every lever that is searched, by name, in the order of the base.
        fixed: value of every other lever.
        extra: further settings that a file gave.
    """

    base: str
    layers: int
    searched: Mapping[str, Range]
    fixed: Mapping[str, Value]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def off(self) -> dict[str, Value]:
        """Trial 0: every searched lever off, or at the least changed value that its range has."""
        known = levers(self.layers)
        return {name: found.nearest(known[name].off) for name, found in self.searched.items()}

    def lever(self, name: str) -> Lever:
        """The lever of that name."""
        return levers(self.layers)[name]

    def recipe(self, parameters: Mapping[str, Value]) -> Recipe:
        """The recipe that a point stands for.

        Args:
            parameters: value of every searched lever.
        """
        made: Base = bases.get(self.base)()
        settings = made.settings({**self.fixed, **parameters}, self.layers, self.extra)
        return parse(settings, where="the search space")

    def of_stage(self, stage: Stage) -> list[str]:
        """Names of the searched levers of one stage."""
        return [name for name in self.searched if self.lever(name).stage is stage]

    def to_json(self) -> dict[str, Any]:
        """All of it, JSON-like; `from_json` reads it."""
        return {
            "base": self.base,
            "layers": self.layers,
            "searched": {name: found.model_dump() for name, found in self.searched.items()},
            "fixed": dict(self.fixed),
            "extra": dict(self.extra),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Space":
        """A space as `to_json` tells it."""
        known = levers(said["layers"])
        searched = {name: type(known[name].range).model_validate(given) for name, given in said["searched"].items()}
        return cls(said["base"], said["layers"], searched, said["fixed"], said["extra"])


def space_of(asked: str | None, model: "ResolvedModel", device_type: str) -> Space:
    """The space that is meant by a name, a file, or nothing.

    Args:
        asked: name of a base, or a YAML file; None takes what fits the model.
        model: whose subjects are tried.
        device_type: "cpu" or "cuda".

    Raises:
        RequestError: for an unknown name, a file that cannot be read, an unknown lever, a value out of its range, or
            a base that such a model cannot start from.
    """
    given: dict[str, Any] = {}
    where = "--space"
    if asked is not None and asked.endswith(_SUFFIXES):
        given, where = _read(Path(asked)), asked
    elif asked is not None:
        given = {"base": asked}
    name = str(given.get("base") or base_for(model.kind, device_type))
    base = bases.get(name, where=where)
    if model.kind not in base.kinds:
        fits = [each for each in bases if model.kind in bases.get(each).kinds]
        raise RequestError(
            f"{where}: '{name}' ({base.meaning}) is not for a {model.kind} model such as {model.name}\n"
            f"  For it: {', '.join(fits)}"
        )
    return _filled(name, base, given, layers_of(model), where)


def layers_of(model: "ResolvedModel") -> int:
    """Layers of a model, as its configuration says.

    Raises:
        RequestError: when it does not say.
    """
    config = json.loads((model.folder / "config.json").read_text(encoding="utf-8"))
    for key in ("num_hidden_layers", "n_layer", "n_layers", "num_layers"):
        if isinstance(config.get(key), int):
            return int(config[key])
    raise RequestError(f"{model.name}: its config.json does not say how many layers it has; it cannot be searched")


def _filled(name: str, base: type[Base], given: Mapping[str, Any], layers: int, where: str) -> Space:
    known = {lever: levers(layers)[lever] for lever in base.levers}
    searched: dict[str, Range] = {}
    fixed: dict[str, Value] = {lever: known[lever].off for lever in known}
    chosen = given.get("levers") or {}
    for lever in chosen:
        if lever not in known:
            raise unknown_name(
                f"lever of space '{name}'", str(lever), known, where=where, see="leaderboard search space"
            )
    extra = {key: given[key] for key in _EXTRA if key in given}
    searches_others = given.get("others", "searched") == "searched"
    for lever, found in known.items():
        if lever in chosen:
            _set(found, chosen[lever], searched, fixed, where)
        elif searches_others and not found.range.single and _is_searched(lever, base, extra):
            searched[lever] = _offered(found, extra)
    if not searched:
        raise RequestError(f"{where}: no lever is searched: all are fixed\n  Give at least one a range or `choices`.")
    return Space(name, layers, searched, {key: value for key, value in fixed.items() if key not in searched}, extra)


def _is_searched(lever: str, base: type[Base], extra: Mapping[str, Any]) -> bool:
    """Whether a lever is searched where no file names it: a teacher's only where there is one."""
    if lever in {"teacher_share", "softening", "student_layers"}:
        return "teacher" in extra
    return lever not in base.when_named


def _offered(lever: Lever, extra: Mapping[str, Any]) -> Range:
    if lever.name == "augment" and "translators" in extra and isinstance(lever.range, Choice):
        return Choice(choices=(*lever.range.choices, "back_translation"))
    return lever.range


def _set(lever: Lever, said: Any, searched: dict[str, Range], fixed: dict[str, Value], where: str) -> None:
    """One lever as a file has it: a value that it stands at, or a narrower range."""
    place = f"{where}: levers.{lever.name}"
    if not isinstance(said, Mapping):
        value = float(said) if isinstance(lever.off, float) and isinstance(said, int) else said
        if value not in lever.range and value != "back_translation":
            raise RequestError(f"{place}: {said!r} is not in its range\n  Valid: {lever.range}")
        fixed[lever.name] = value
        return
    kind = Choice if "choices" in said else type(lever.range)
    half_off = isinstance(lever.range, Real | Whole) and lever.range.half_off and said.get("low") == lever.off
    try:
        narrowed = kind.model_validate({**said, "half_off": True} if half_off and kind is not Choice else dict(said))
    except ValidationError as error:
        raise RequestError(explain(error, kind, where=place)) from None
    searched[lever.name] = narrowed


def _read(file: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"--space {file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise RequestError(f"{file}: not YAML: {explain_yaml(error)}") from None
    if not isinstance(said, dict):
        raise RequestError(
            f"{file}: has to be a mapping, such as\n  base: probe\n  levers:\n    c: {{low: 0.01, high: 10}}"
        )
    for key in said:
        if key not in _KEYS:
            raise unknown_name("key of a space", str(key), _KEYS, where=str(file))
    if said.get("others") is False:  # what YAML makes of `off`
        said["others"] = "off"
    if said.get("others", "searched") not in {"searched", "off"}:
        raise RequestError(f"{file}: others: '{said['others']}'\n  Valid: searched, off")
    if not isinstance(said.get("levers") or {}, dict):
        raise RequestError(f"{file}: levers: has to be a mapping of lever to value or range")
    return said
