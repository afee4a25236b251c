"""Settings of a recipe that contradict the model or the task are refused before anything is measured."""

import json
import shutil
from dataclasses import dataclass

import pytest
from transformers import BertConfig, GPT2Config, T5Config

from leaderboard import Leaderboard
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.config_facts import head_labels, text_limit
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.errors import RequestError
from leaderboard.evaluation.setting_checks import check_settings
from leaderboard.recipes.choosing import parse
from leaderboard.training.target import Target
from tests.recipes.conftest import task_of
from tests.synthetic.tasks import small_task


@dataclass(frozen=True, kw_only=True)
class Configured(ResolvedReference):
    """A model of which only the configuration is known."""

    layers: int | None = 2
    text_limit: int | None = 128
    head_labels: tuple[str, ...] = ("bad", "good")


MODEL = Configured(name="m", source="m", kind=ModelKind.CLASSIFIER, revision="1", backend="local")
TASK, TAGS = task_of("verdict", "classification"), task_of("tags", "tagging", metrics=["span_f1"])
CHOICES = task_of("choices", "multiple_choice", labels=[])
LABELS = {"verdict": ("negative", "positive"), "tags": ("O", "B-X"), "topics": ("sport", "politics")}
TEACHER = {"recipe": "distill", "teacher": "t"}


@pytest.fixture
def head_folder(encoder_folder, tmp_path):
    """An encoder whose configuration says that it has a head; no test loads its weights."""
    folder = shutil.copytree(encoder_folder, tmp_path / "head")
    config = json.loads((folder / "config.json").read_text())
    changes = {"architectures": ["BertForSequenceClassification"], "id2label": {"1": "good", "0": "bad"}}
    (folder / "config.json").write_text(json.dumps(config | changes))
    return folder


@pytest.mark.parametrize(
    ("settings", "task", "message"),
    [
        ({"recipe": "as_is", "labels": {"poor": "negative"}}, TASK, r"unknown class of the head 'poor'\n.*bad, good"),
        (
            {"recipe": "as_is", "labels": {"bad": "negatve"}},
            TASK,
            r"unknown label of task 'verdict' 'negatve'\n.*negative, positive\n.*Did you mean 'negative'",
        ),
        ({"recipe": "as_is", "drop_layers": 2}, TASK, r"drop_layers 2: it has 2 layers; at most 1"),
        ({"recipe": "finetune", "max_length": 512}, TASK, r"m reads at most 128 tokens\n.*recipe.max_length=128"),
        ({"recipe": "finetune", "unfrozen_layers": 3}, TASK, r"m has 2 layers\n  Valid: 0"),
        ({"recipe": "finetune", "class_weights": "balanced"}, CHOICES, r"choices of questions are no classes"),
        ({"recipe": "finetune", "early_stopping": 1}, TASK, r"no split `search`"),
        ({"recipe": "finetune", "mixup": 0.2}, TAGS, r"mixup needs text classification"),
        ({"recipe": "lora", "augment": "typos"}, TAGS, r"has no texts with a class, which augment needs"),
        ({"recipe": "finetune", "sequence": ["verdict", "topics"]}, TASK, r"other labels \(verdict: .*topics: sport"),
        ({"recipe": "multitask", "tasks": ["topics", TASK.name]}, TASK, r"is the measured task"),
        ({"recipe": "reptile", "tasks": ["topics", TASK.name]}, TASK, r"is the measured task"),
        ({"recipe": "self_training", "unlabelled": [TASK.name]}, TASK, r"is the measured task"),
        (
            {"recipe": "active", "strategy": "bald", "member": {"recipe": "finetune", "dropout": 0}},
            TASK,
            r"recipe.member.dropout is 0\n  Set it above 0",
        ),
        ({"recipe": "probe", "layer": 3}, TASK, r"recipe.layer 3: m has 2 layers\n  Valid: -1"),
        ({**TEACHER, "layers": 3}, TASK, r"recipe.layers 3: m has 2 layers to keep\n  Valid: 1 to 2"),
        (
            {**TEACHER, "teacher_recipe": {"recipe": "as_is", "labels": {"poor": "x"}}},
            TASK,
            r"class of the head 'poor'",
        ),
        ({"recipe": "ensemble", "member": {"recipe": "finetune", "max_length": 512}}, TASK, r"at most 128 tokens"),
        (
            {"recipe": "probe", "augment": "back_translation", "translators": ["t", "t"]},
            TASK,
            r"recipe.translators: m is a classifier model, not a translator",
        ),
    ],
)
def test_a_setting_that_contradicts_the_model_or_the_task_is_refused(settings, task, message):
    target = Target(MODEL, task, LABELS, frozenset({"train", "test"}), {"t": MODEL})
    with pytest.raises(RequestError, match=message):
        parse(settings, where="--set").check(target)


@pytest.mark.parametrize(
    "settings",
    [
        {"recipe": "as_is", "labels": {"bad": "negative", "good": "positive"}, "drop_layers": 1},
        {"recipe": "finetune", "max_length": 128, "unfrozen_layers": 2, "mixup": 0.2, "class_weights": "balanced"},
        {**TEACHER, "layers": 2},
    ],
)
def test_settings_within_the_limits_pass_as_do_those_of_an_unknown_model(settings):
    recipe = parse(settings, where="--set")
    recipe.check(Target(MODEL, TASK, LABELS, frozenset({"train", "search"})))
    unknown = ResolvedReference(name="m", source="m", kind=ModelKind.CLASSIFIER, revision="1", backend="server")
    assert (unknown.layers, unknown.text_limit, unknown.head_labels) == (None, None, ())
    recipe.check(Target(unknown, TASK, LABELS))


def test_a_class_that_the_head_lacks_is_refused_before_a_store_is_created(head_folder, tmp_path):
    board = Leaderboard(tmp_path / "store.db")
    with pytest.raises(RequestError, match=r"recipe.labels: unknown class of the head 'poor'\n  Known: bad, good"):
        board.run(
            head_folder,
            tasks=small_task(tmp_path / "tasks"),
            recipe={"recipe": "as_is", "labels": {"poor": "negative"}},
        )
    assert not (tmp_path / "store.db").exists()


def test_a_budget_beyond_the_pool_is_refused_before_a_store_is_created(encoder_folder, tmp_path):
    board = Leaderboard(tmp_path / "store.db")
    with pytest.raises(RequestError, match=r"recipe.budget 9999: task 'small' has only \d+ labelled training texts"):
        board.run(encoder_folder, tasks=small_task(tmp_path / "tasks"), recipe={"recipe": "active", "budget": 9999})
    assert not (tmp_path / "store.db").exists()


def test_a_setting_has_to_fit_one_of_the_tasks_only(world, head_folder):
    other = {"data": {**_data(world, "small"), "labels": ["bad", "good"]}}
    other["data"]["read"]["label_values"] = {"0": "bad", "1": "good"}
    small_task(world.tasks, name="other", prompt=None, **other)
    settings = {"labels": {"bad": "negative", "good": "positive"}}
    both = world.plans(head_folder, names=("small", "other"), recipe="as_is", **settings)
    check_settings(world.catalogue(), both)
    with pytest.raises(RequestError, match="unknown label of task 'other' 'negative'"):
        check_settings(world.catalogue(), [plan for plan in both if plan.task.name == "other"])


def _data(world, name):
    return world.catalogue().task(name).data.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(
    ("config", "limit"),
    [
        (BertConfig(max_position_embeddings=64, num_labels=3), 64),
        (BertConfig(id2label={1: "b", 0: "a"}), 512),
        (GPT2Config(n_positions=99), 99),
        (T5Config(), None),
    ],
)
def test_facts_of_a_configuration_are_those_of_transformers(config, limit):
    stated = json.loads(config.to_json_string(use_diff=True))
    expected = tuple(config.id2label[index] for index in sorted(config.id2label))
    assert head_labels(stated) == head_labels(config.to_dict()) == expected
    assert text_limit(config.to_dict()) == limit


def test_a_model_without_positions_has_no_limit():
    assert text_limit({"model_type": "bloom", "seq_length": 128}) is None
