"""Files that say what is done: tasks, suites, recipes, search spaces, gates, and templates of counterfactuals."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.data.example_builder import check_fields
from leaderboard.data.templates import read_templates
from leaderboard.gate.config import read_gate
from leaderboard.gate.rules import parse_rules
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.settings import bundled_folder
from leaderboard.studies.space import Space, space_of
from leaderboard.tasks import Catalogue, default_catalogue, load_task, protocol_of
from leaderboard.tasks.recorded import noted_suites, suite_note
from tests.fuzz.mutation import mutated_yaml
from tests.fuzz.target import Read, Target

_GATE = b"""
name: release
subject: gt-all
baseline: main                     # a saved one
decide: interval
alpha: 0.05
cannot_tell: 3
rules:
  - accuracy.sst2.accuracy >= 0.88
  - rule: latency.ratio <= 1.10 * baseline
    severity: warning
    required: false
  - non_inferior: accuracy.sst2
    margin: 0.02
  - rule: score >= baseline - 0.02
    weights: {accuracy: 2, latency: 0}
    alpha: 0.01
    decide: point
"""
_SPACES = (
    b"base: probe\nlevers:\n  c: {low: 0.01, high: 10, log: true}\n  layer: {low: 1, high: 2}\nothers: off\n",
    b"base: training\nlevers:\n  quantise: {choices: [none, int8]}\n  learning_rate: {low: 1e-5, high: 1e-4}\n",
    b"base: training\nteacher: package:big\nteacher_recipe: {recipe: finetune, epochs: 1}\nothers: searched\n",
    b"base: probe\ntranslators: [package:a, package:b]\nlevers:\n  augment: back_translation\n",
    b"base: as_is\nlabels: {LABEL_0: negative, LABEL_1: positive}\nlevers: {temperature: {low: 0.5, high: 2}}\n",
)
_RECIPES = (
    b"recipe: finetune\nepochs: 2\nlearning_rate: 2.0e-5\nbatch_size: 16\nadversary: fgm\nunfrozen_layers: 2\n",
    b"recipe: probe\nc: 0.1\nlayer: 2\ndebias_directions: 1\nmixup: 0.2\ndp_noise: 0.0\ndeduplicate: true\n",
    b"recipe: lora\nepochs: 1\nrank: 8\nalpha: 16\nquantise: int8\nprune: 0.5\ndrop_layers: 1\ntemperature: 1.5\n",
    b"recipe: as_is\nlabels: {no: negative, 1: positive, LABEL_2: 'on'}\ngroup_thresholds: none\n",
    b"recipe: ensemble\nmembers:\n  - {recipe: probe, c: 1}\n  - {recipe: finetune, epochs: 1}\nweights: [1, 2]\n",
    b"recipe: distill\nteacher: package:big\nteacher_recipe: {recipe: finetune}\nteacher_share: 0.5\nsoftening: 2\n",
    b"recipe: few_shot\nshots: 5\n",
    b"recipe: zero_shot\n",
)


def _shipped(pattern: str) -> list[bytes]:
    """Files that come with the program, the shorter ones: a mutation of a long list of words changes little."""
    files = [path.read_bytes() for path in sorted(bundled_folder("tasks").glob(pattern))]
    return [each for each in files if len(each) < 4000] or files


def _tasks() -> list[bytes]:
    folders = ("accuracy", "bias", "ood", "privacy", "latency", "explainability")
    return [each for folder in folders for each in _shipped(f"{folder}/*.yaml")]


@cache
def _templates() -> list[bytes]:
    """The shipped templates, of which a few are enough."""
    (path,) = bundled_folder("tasks").glob("bias/data/counterfactual_sentiment.yaml")
    whole = yaml.safe_load(path.read_bytes())
    name = next(iter(whole["categories"]))
    groups = dict(list(whole["categories"][name].items())[:3])
    some = [{**each, "categories": [name]} for each in whole["templates"] if name in each["categories"]][:3]
    small = {**whole, "categories": {name: groups}, "templates": some}
    return [yaml.safe_dump(small, sort_keys=False).encode()]


@cache
def _catalogue() -> Catalogue:
    return default_catalogue()


def _written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _read_task(data: bytes, folder: Path) -> None:
    """As `leaderboard tasks validate --no-data` and `tasks show` do."""
    path = _written(folder, "task.yaml", data)
    task = load_task(path)
    catalogue = Catalogue([])
    catalogue.tasks.update({name: each for name, each in _catalogue().tasks.items() if name != task.name})
    catalogue.add(task)
    protocol = protocol_of(task, where=str(path))
    if task.data and protocol.example:
        check_fields(task.data, protocol.example)
    for named in filter(None, (task.adapt_to, task.data.same_as if task.data else None)):
        catalogue.task(named, where=str(path))
    catalogue.digest(task)
    catalogue.labels(task)
    protocol_of(task.while_searching())
    yaml.safe_dump(task.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True)


def _read_suite(data: bytes, folder: Path) -> None:
    (folder / "suites").mkdir(exist_ok=True)
    _written(folder / "suites", "suite.yaml", data)
    catalogue = _catalogue().copy()
    catalogue.suites.clear()
    catalogue.read_folder(folder)
    for suite in catalogue.suites.values():
        for name in (suite.adapt_to, *suite.tasks):
            protocol_of(catalogue.task(name, where=suite.name))
        noted_suites([suite_note(catalogue, suite)])


def _read_recipe(data: bytes, folder: Path) -> None:
    request = RecipeRequest.read(None, _written(folder, "recipe.yaml", data), [])
    for kind in (ModelKind.ENCODER, ModelKind.CAUSAL):
        request.asks_in_words(kind)
        recipe = request.recipe(kind, "cpu", None)
        json.dumps(dict(recipe.details), allow_nan=False)
        _ = recipe.adapts_to, recipe.lessons, recipe.models, recipe.learns


def _model(folder: Path, kind: ModelKind) -> ResolvedModel:
    """A model as far as a space looks at it: its kind and its layers."""
    _written(folder, "config.json", b'{"num_hidden_layers": 4}')
    return ResolvedModel(name="model", source="model", revision="", kind=kind, folder=folder, content={})


def _read_space(data: bytes, folder: Path) -> None:
    path = _written(folder, "space.yaml", data)
    kind = ModelKind.CLASSIFIER if b"as_is" in data else ModelKind.ENCODER
    space = space_of(path.name, _model(folder, kind), "cpu")
    space.recipe(space.off)
    again = Space.from_json(json.loads(json.dumps(space.to_json(), allow_nan=False)))
    for lever_range in again.searched.values():
        str(lever_range)


def _read_gate(data: bytes, folder: Path) -> None:
    parse_rules(read_gate(_written(folder, "gate.yaml", data)), _catalogue().tasks)


def _read_templates(data: bytes, folder: Path) -> None:
    for _ in read_templates(_written(folder, "templates.yaml", data)):
        pass


def _target(name: str, inputs: int, seeds: Any, read: Read) -> Target:
    return Target(name=name, inputs=inputs, seeds=seeds, change=mutated_yaml, read=read)


TARGETS = (
    _target("task files", 4_000, _tasks, _read_task),
    _target("suite files", 4_000, lambda: _shipped("suites/*.yaml"), _read_suite),
    _target("recipe files", 4_000, lambda: _RECIPES, _read_recipe),
    _target("space files", 4_000, lambda: _SPACES, _read_space),
    _target("gate files", 4_000, lambda: (_GATE,), _read_gate),
    _target("counterfactual templates", 3_000, _templates, _read_templates),
)
