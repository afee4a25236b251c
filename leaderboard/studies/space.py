"""Search spaces: which levers of a base are searched, over which values, and which are fixed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.data.yamlfile import load_yaml_file
from leaderboard.errors import RequestError, unknown_name
from leaderboard.invalid import explain
from leaderboard.mitigations.levers import Lever, Phase
from leaderboard.mitigations.ranges import Choice, Range, Real, Value, Whole
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.recipe import Recipe
from leaderboard.studies.bases import Base, base_for, bases

MOST_LAYERS = 10_000
_KEYS = ("base", "levers", "others")
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Space:
    """A search space.

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
        """Parameters of trial 0: every searched lever at its off value, or at the nearest value of its range."""
        levers = self.levers
        return {name: values.nearest(levers[name].off) for name, values in self.searched.items()}

    @property
    def levers(self) -> Mapping[str, Lever]:
        """All levers of its base, by name."""
        return bases.get(self.base).levers(self.layers)

    def lever(self, name: str) -> Lever:
        """Return the lever of that name."""
        return self.levers[name]

    def recipe(self, parameters: Mapping[str, Value]) -> Recipe:
        """Return the recipe of a point.

        Args:
            parameters: value of every searched lever.
        """
        base: Base = bases.get(self.base)()
        settings = base.settings({**self.fixed, **parameters}, self.layers, self.extra)
        return parse(settings, where="the search space")

    def of_phase(self, phase: Phase) -> list[str]:
        """Return the names of the searched levers of one phase."""
        levers = self.levers
        return [name for name in self.searched if levers[name].phase is phase]

    def to_json(self) -> dict[str, Any]:
        """Return the space as JSON-like values, for `from_json`."""
        return {
            "base": self.base,
            "layers": self.layers,
            "searched": {name: values.model_dump() for name, values in self.searched.items()},
            "fixed": dict(self.fixed),
            "extra": dict(self.extra),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Space":
        """Read a space that `to_json` wrote.

        Raises:
            ValueError: For a number of layers that no model has, or a lever that is not installed.
        """
        if not isinstance(content["layers"], int) or not 1 <= content["layers"] <= MOST_LAYERS:
            raise ValueError(f"layers: is {content['layers']!r:.80}, not a whole number from 1 to {MOST_LAYERS}")
        levers = bases.get(content["base"]).levers(content["layers"])
        if missing := [name for name in content["searched"] if name not in levers]:
            raise ValueError(f"searched: no lever '{missing[0]!s:.80}' here; the plug-in that brings it may be missing")
        searched = {
            name: _range_kind(levers[name], values).model_validate(values)
            for name, values in content["searched"].items()
        }
        return cls(content["base"], content["layers"], searched, content["fixed"], content["extra"])


def space_of(request: str | None, model: ResolvedReference, device_type: str) -> Space:
    """Return the space of a name, of a file, or the default of the model.

    Args:
        request: Name of a base, or a YAML file; None takes the default base of the model.
        model: whose subjects are tried.
        device_type: "cpu" or "cuda".

    Raises:
        RequestError: for an unknown name, a file that cannot be read, an unknown lever, a value out of its range, or
            a base that such a model cannot start from.
    """
    content: dict[str, Any] = {}
    place = "--space"
    if request is not None and request.endswith(_SUFFIXES):
        content, place = _read(Path(request)), request
    elif request is not None:
        content = {"base": request}
    name = str(content.get("base") or base_for(model.kind, device_type))
    base = bases.get(name, where=place)
    if model.kind not in base.kinds:
        fits = [each for each in bases if model.kind in bases.get(each).kinds]
        raise RequestError(
            f"{place}: '{name}' ({base.meaning}) is not for a {model.kind} model such as {model.name}\n"
            f"  For it: {', '.join(fits)}"
        )
    return _filled(name, base, content, model, place)


def layers_of(model: ResolvedReference) -> int:
    """Return the number of layers of a model, by its configuration.

    Raises:
        RequestError: If the configuration has none.
    """
    if not isinstance(model, ResolvedModel):
        raise RequestError(f"{model.name}: its weights are not on this machine; it cannot be searched")
    if model.layers is not None:
        return model.layers
    raise RequestError(
        f"{model.name}: its config.json has no number of layers (num_hidden_layers); it cannot be searched"
    )


def _filled(name: str, base: type[Base], content: Mapping[str, Any], model: ResolvedReference, where: str) -> Space:
    layers = layers_of(model)
    named = content.get("levers") or {}
    levers = {key: replace(lever, range=base.range_of(lever, named)) for key, lever in base.levers(layers).items()}
    searched: dict[str, Range] = {}
    fixed: dict[str, Value] = {lever: levers[lever].off for lever in levers}
    for lever in named:
        if lever not in levers:
            raise unknown_name(
                f"lever of space '{name}'", str(lever), levers, where=where, see="leaderboard search space"
            )
        if levers[lever].one_stack and model.is_encoder_decoder:
            raise RequestError(
                f"{where}: levers.{lever}: {model.name} is an encoder-decoder, of which all layers are kept\n"
                "  Leave this lever out."
            )
    replaced = _replaced(levers, named, where)
    extra = {key: content[key] for key in _extra_keys() if key in content}
    searches_others = content.get("others", "searched") == "searched"
    for lever, definition in levers.items():
        if lever in named:
            _set(definition, named[lever], searched, fixed, where)
        elif lever in replaced or (definition.one_stack and model.is_encoder_decoder):
            continue
        elif searches_others and not definition.range.single and _is_searched(definition, extra):
            searched[lever] = definition.offered(extra)
    if not searched:
        raise RequestError(f"{where}: no lever is searched: all are fixed\n  Give at least one a range or `choices`.")
    return Space(name, layers, searched, {key: value for key, value in fixed.items() if key not in searched}, extra)


def _is_searched(lever: Lever, extra: Mapping[str, Any]) -> bool:
    """Return whether a lever is searched by default: a teacher's only where there is one."""
    return lever.needs in extra if lever.needs else not (lever.when_named or lever.instead_of)


def _replaced(levers: Mapping[str, Lever], named: Mapping[str, Any], where: str) -> set[str]:
    """Return the levers in whose place others are named.

    Raises:
        RequestError: Where both are named.
    """
    replacing = {levers[lever].instead_of: str(lever) for lever in named if levers[lever].instead_of}
    if both := sorted(replacing.keys() & named.keys()):
        raise RequestError(
            f"{where}: levers.{replacing[both[0]]} and levers.{both[0]} cannot be combined: one takes the place of the "
            "other\n  Leave one out."
        )
    return set(replacing)


def _extra_keys() -> tuple[str, ...]:
    """Return the keys of levers and of bases that a space file may have."""
    kinds = [bases.get(name) for name in bases]
    of_levers = [extra.key for kind in kinds for lever in kind.levers(1).values() for extra in lever.extra]
    return tuple(dict.fromkeys([*of_levers, *(key for kind in kinds for key in kind.keys)]))


def _set(lever: Lever, setting: Any, searched: dict[str, Range], fixed: dict[str, Value], where: str) -> None:
    """Set a lever as a file defines it: to a fixed value, or to a narrower range."""
    place = f"{where}: levers.{lever.name}"
    if not isinstance(setting, Mapping):
        value = float(setting) if isinstance(lever.off, float) and isinstance(setting, int) else setting
        if not lever.may_be(value):
            raise RequestError(f"{place}: {setting!r} is not in its range\n  Valid: {lever.range}")
        fixed[lever.name] = value
        return
    kind = _range_kind(lever, setting)
    half_off = isinstance(lever.range, Real | Whole) and lever.range.half_off and setting.get("low") == lever.off
    try:
        narrowed = kind.model_validate(
            {**setting, "half_off": True} if half_off and kind is not Choice else dict(setting)
        )
    except ValidationError as error:
        raise RequestError(explain(error, kind, where=place)) from None
    searched[lever.name] = narrowed


def _range_kind(lever: Lever, settings: Mapping[str, Any]) -> type[Range]:
    """Return the kind of range that settings describe: a list of choices, or the kind of the lever."""
    return Choice if "choices" in settings else type(lever.range)


def _read(file: Path) -> dict[str, Any]:
    content = load_yaml_file(file, where="--space", class_names=False)
    if not isinstance(content, dict):
        raise RequestError(
            f"{file}: has to be a mapping, such as\n  base: probe\n  levers:\n    c: {{low: 0.01, high: 10}}"
        )
    for key in content:
        if key not in (keys := (*_KEYS, *_extra_keys())):
            raise unknown_name("key of a space", str(key), keys, where=str(file))
    if content.get("others") is False:  # what YAML makes of `off`
        content["others"] = "off"
    if content.get("others", "searched") not in ("searched", "off"):
        raise RequestError(f"{file}: others: '{content['others']}'\n  Valid: searched, off")
    if not isinstance(content.get("levers") or {}, dict):
        raise RequestError(f"{file}: levers: has to be a mapping of lever to value or range")
    return content
