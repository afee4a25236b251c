"""Recipe request: a recipe by its name, a file and single settings, or chosen automatically."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.backends.kind import ModelKind
from leaderboard.data.examples import Example, TextExample
from leaderboard.data.yaml_limits import DEEPEST
from leaderboard.data.yamlfile import load_yaml, load_yaml_file
from leaderboard.errors import RequestError
from leaderboard.invalid import explain
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.registry import AUTO, recipes

_PREFIX = "recipe."
_WITH_A_HEAD = frozenset({ModelKind.CLASSIFIER, ModelKind.TAGGER, ModelKind.CHOOSER})


@dataclass(frozen=True)
class RecipeRequest:
    """Requested recipe, before the models are known.

    Attributes:
        name: name of the recipe; `auto` is decided for each model.
        settings: requested settings.
        origin: file or flag of the settings, for messages.
    """

    name: str = AUTO
    settings: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "--set"

    @classmethod
    def read(cls, name: str | None, file: Path | None, changes: Sequence[str]) -> "RecipeRequest":
        """Read a request from flags: a name, a YAML file of settings, and single settings that override the file's.

        Args:
            name: name of the recipe; None where no flag names it.
            file: YAML file of settings, with the name under the key `recipe`.
            changes: `recipe.SETTING=VALUE`, with VALUE in YAML.

        Raises:
            RequestError: for a file or setting that cannot be read, or two names.
        """
        settings = {} if file is None else _read_file(file)
        for change in changes:
            _apply_change(settings, change)
        recipe_name = str(settings.pop("recipe", None) or name or AUTO)
        if name is not None and recipe_name != name:
            raise RequestError(f"--recipe {name} and {file} ({recipe_name}) name two recipes; leave one out")
        return cls(recipe_name, settings, origin=str(file) if file is not None else "--set")

    @classmethod
    def of(cls, recipe: "str | PathLike[str] | Mapping[str, Any] | Recipe | RecipeRequest | None") -> "RecipeRequest":
        """Return the request of a Python caller: a name, a YAML file, settings with the key `recipe`, or a recipe.

        Raises:
            RequestError: for a file or settings that cannot be read.
        """
        match recipe:
            case RecipeRequest():
                return recipe
            case Recipe():
                recipe = recipe.model_dump(mode="json")
            case PathLike():
                return cls.read(None, Path(recipe), ())
            case str() if recipe.endswith((".yaml", ".yml")):
                return cls.read(None, Path(recipe), ())
            case None | str():
                return cls(recipe or AUTO, origin="recipe")
        settings = dict(recipe)
        return cls(str(settings.pop("recipe", AUTO)), settings, origin="recipe")

    def recipe(self, kind: ModelKind, device_type: str, example: type[Example] | None) -> Recipe:
        """Return the recipe for one kind of model, device and example.

        Raises:
            RequestError: for an unknown recipe or setting.
        """
        name = choose(kind, device_type, example) if self.name == AUTO else self.name
        return parse({"recipe": name, **self.settings}, where=self.origin)

    def asks_in_words(self, kind: ModelKind) -> bool:
        """Return whether models of a kind will be prompted, whatever the task."""
        if not kind.continues_text:
            return False
        return self.name == AUTO or self._named_recipe().asks_in_words

    def learns(self, kind: ModelKind) -> bool:
        """Return whether models of a kind will need training data, whatever the task."""
        if self.name == AUTO:
            return not kind.continues_text and kind not in _WITH_A_HEAD
        return self._named_recipe().learns

    def _named_recipe(self) -> Recipe:
        return parse({"recipe": self.name, **self.settings}, where=self.origin)


def choose(kind: ModelKind, device_type: str, example: type[Example] | None) -> str:
    """Return the name of the recipe that `auto` selects.

    A causal model or an encoder-decoder is used zero-shot, and a model with a head for a task as it is. Any other gets
    a probe on a CPU and is fine-tuned on a GPU; a probe cannot tag words or choose answers, so that these tasks need
    fine-tuning.
    """
    if kind.continues_text:
        return "zero_shot"
    if kind in _WITH_A_HEAD:
        return "as_is"
    probes = example is None or issubclass(example, TextExample)
    return "probe" if probes and device_type == "cpu" else "finetune"


def parse(settings: Mapping[str, Any], *, where: str) -> Recipe:
    """Create a recipe from its settings, with its name under the key `recipe`.

    Raises:
        RequestError: naming the invalid setting and valid values.
    """
    name = settings.get("recipe")
    if not isinstance(name, str):
        raise RequestError(f"{where}: missing key 'recipe', the name of the recipe\n  Known: {', '.join(recipes)}")
    kind = recipes.get(name, where=where)
    try:
        return kind.model_validate(dict(settings))
    except ValidationError as error:
        prefix = _PREFIX if where.startswith("--") else ""
        raise RequestError(explain(error, kind, where=where, prefix=prefix)) from None


def stored_recipe(details: Mapping[str, Any], *, where: str) -> Recipe:
    """Rebuild a recipe from its stored `details`; versions in them are not settings.

    Raises:
        RequestError: when this program has no such recipe or setting, for instance because a plug-in is missing.
    """
    return parse(
        {name: value for name, value in details.items() if name not in {"version", "mitigations", "contents"}},
        where=where,
    )


def _read_file(file: Path) -> dict[str, Any]:
    settings = load_yaml_file(file, where="--recipe-file")
    if not isinstance(settings, dict) or not all(isinstance(key, str) for key in settings):
        raise RequestError(f"{file}: has to be a mapping of settings, such as\n  recipe: finetune\n  epochs: 2")
    return settings


def _apply_change(settings: dict[str, Any], change: str) -> None:
    """Apply one `recipe.a.b=value` to nested settings."""
    path, equals, text = change.partition("=")
    keys = path.removeprefix(_PREFIX).split(".")
    if not equals or not path.startswith(_PREFIX) or not all(keys):
        raise RequestError(f"--set {change}: not of the form recipe.SETTING=VALUE, such as recipe.learning_rate=2e-5")
    if len(keys) > DEEPEST:
        raise RequestError(f"--set {path[:40]}…: more than {DEEPEST} settings inside one another")
    value = load_yaml(text, where=f"--set {path}", under=keys)
    for key in keys[:-1]:
        settings = settings.setdefault(key, {})
        if not isinstance(settings, dict):
            raise RequestError(f"--set {change}: '{key}' is a single setting, not a group of them")
    settings[keys[-1]] = value
