"""Choosing: which recipe is meant by a name, a file and single settings, or by none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from leaderboard.data.examples import Example, TextExample
from leaderboard.data.yamlfile import load_yaml
from leaderboard.errors import RequestError
from leaderboard.invalid import explain, explain_yaml
from leaderboard.models.loaded import ModelKind
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.recipe import Recipe, recipes

_PREFIX = "recipe."
_WITH_A_HEAD = frozenset({ModelKind.CLASSIFIER, ModelKind.TAGGER, ModelKind.CHOOSER})


@dataclass(frozen=True)
class RecipeRequest:
    """A recipe as it was asked for, before it is known which models it is for.

    Attributes:
        name: of the recipe; `auto` is decided model by model.
        settings: of it, as they were given.
        where: the file or flag that gave them, for messages.
    """

    name: str = RecipeName.AUTO
    settings: Mapping[str, Any] = field(default_factory=dict)
    where: str = "--set"

    @classmethod
    def read(cls, name: RecipeName | None, file: Path | None, changes: Sequence[str]) -> "RecipeRequest":
        """What flags ask for: a name, a YAML file of settings, and single settings that go before the file's.

        Args:
            name: of the recipe; None where no flag said.
            file: its key `recipe` names the recipe.
            changes: `recipe.SETTING=VALUE`, VALUE as YAML has it.

        Raises:
            RequestError: for a file or setting that cannot be read, or two names.
        """
        settings = {} if file is None else _read(file)
        for change in changes:
            _set(settings, change)
        said = str(settings.pop("recipe", None) or name or RecipeName.AUTO)
        if name is not None and said != name:
            raise RequestError(f"--recipe {name} and {file} ({said}) name two recipes; leave one out")
        return cls(said, settings, where=str(file) if file is not None else "--set")

    def recipe(self, kind: ModelKind, device_type: str, example: type[Example] | None) -> Recipe:
        """The recipe for one kind of model on one kind of device, for a task with such examples.

        Raises:
            RequestError: for an unknown recipe or setting.
        """
        name = choose(kind, device_type, example) if self.name == RecipeName.AUTO else self.name
        return parse({"recipe": name, **self.settings}, where=self.where)

    def asks_in_words(self, kind: ModelKind) -> bool:
        """Whether a model of that kind will be asked by prompts, whatever the task."""
        if kind is not ModelKind.CAUSAL:
            return False
        return self.name == RecipeName.AUTO or self._as_named().asks_in_words

    def learns(self, kind: ModelKind) -> bool:
        """Whether a model of that kind will need training data, whatever the task."""
        if self.name == RecipeName.AUTO:
            return kind is not ModelKind.CAUSAL and kind not in _WITH_A_HEAD
        return self._as_named().learns

    def _as_named(self) -> Recipe:
        return parse({"recipe": self.name, **self.settings}, where=self.where)


def choose(kind: ModelKind, device_type: str, example: type[Example] | None) -> RecipeName:
    """The recipe that `auto` stands for.

    A causal model is asked as it comes, and one with a head for a task uses it. Any other gets a probe on a CPU and is
    fine-tuned on a GPU; a probe cannot tag words nor choose answers, which only fine-tuning teaches.
    """
    if kind is ModelKind.CAUSAL:
        return RecipeName.ZERO_SHOT
    if kind in _WITH_A_HEAD:
        return RecipeName.AS_IS
    probes = example is None or issubclass(example, TextExample)
    return RecipeName.PROBE if probes and device_type == "cpu" else RecipeName.FINETUNE


def parse(settings: Mapping[str, Any], *, where: str) -> Recipe:
    """A recipe from its settings, `recipe` naming it.

    Raises:
        RequestError: naming the setting and what would be valid.
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


def _read(file: Path) -> dict[str, Any]:
    try:
        settings = load_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"--recipe-file {file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise RequestError(f"{file}: not YAML: {explain_yaml(error)}") from None
    if not isinstance(settings, dict) or not all(isinstance(key, str) for key in settings):
        raise RequestError(f"{file}: has to be a mapping of settings, such as\n  recipe: finetune\n  epochs: 2")
    return settings


def _set(settings: dict[str, Any], change: str) -> None:
    """Put one `recipe.a.b=value` into nested settings."""
    path, equals, text = change.partition("=")
    keys = path.removeprefix(_PREFIX).split(".")
    if not equals or not path.startswith(_PREFIX) or not all(keys):
        raise RequestError(f"--set {change}: not of the form recipe.SETTING=VALUE, such as recipe.learning_rate=2e-5")
    try:
        value = load_yaml(text, under=keys)
    except yaml.YAMLError as error:
        raise RequestError(f"--set {change}: not a YAML value: {explain_yaml(error)}") from None
    for key in keys[:-1]:
        settings = settings.setdefault(key, {})
        if not isinstance(settings, dict):
            raise RequestError(f"--set {change}: '{key}' is a single setting, not a group of them")
    settings[keys[-1]] = value
