from pathlib import Path

import pytest
import torch

from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import ChoiceExample, TaggedExample, TextExample
from leaderboard.tasks import Task
from leaderboard.training.preparation import Lesson, Preparation

PRAISE, BLAME = ("a wonderful surprise", "a great story", "a good engineer"), ("dull acting", "a bad ending", "worse")
SIZES = {"train": 60, "nonmembers": 20, "search": 20, "test": 30}


def task_of(name: str, protocol: str, **more) -> Task:
    data = {"splits": {split: {"source": {"file": "x.tsv", "sha256": "0" * 64}} for split in SIZES}}
    data["labels"] = more.pop("labels", ["negative", "positive"])
    return Task.model_validate(
        {
            "name": name, "version": 1, "axis": "accuracy", "protocol": protocol, "description": "d", "data": data,
            "metrics": ["accuracy"], "license": "l", "citation": "c",
        } | more
    )  # fmt: skip


def films(name: str, n: int) -> list[TextExample]:
    sides = [(PRAISE, 1), (BLAME, 0)]
    return [
        TextExample(id=f"{name}-{i}", text=f"The film {i} was {sides[i % 2][0][i // 2 % 3]}.", label=sides[i % 2][1])
        for i in range(n)
    ]


@pytest.fixture(scope="session")
def _kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def trained_once(_kept, monkeypatch):
    """A cache that tests share which ask a trained subject something: the same training gives the same weights."""
    monkeypatch.setenv("LEADERBOARD_CACHE", str(_kept))


def load_folder(folder: Path) -> LoadedModel:
    """A model of a folder as a run loads it."""
    resolved = resolve(ModelReference.parse(str(folder)), dtype="auto", device_type="cpu", offline=True)
    return load(resolved, torch.device("cpu"))


@pytest.fixture
def preparing(engine):
    """Creates the preparation of a recipe from a model, a task and its splits."""

    def make(model, task, splits, **more):
        lesson = Lesson(task, task.digest, splits)
        options = {"seed": 0, "lessons": {task.name: lesson}} | more
        options["models"] = {name: computed(other) for name, other in options.get("models", {}).items()}
        return Preparation(model=computed(model), lesson=lesson, **options)

    def computed(model):
        return LocalModel(engine, model) if isinstance(model, LoadedModel) else model

    return make


@pytest.fixture
def praise() -> Lesson:
    """Which films are praised: learned in seconds. Its splits share texts."""
    prompt = {"template": "Review: {{ text }}\nSentiment:", "choices": [" negative", " positive"]}
    task = task_of("praise", "classification", prompt=prompt)
    return Lesson(task, task.digest, {name: films(name, n) for name, n in SIZES.items()})


@pytest.fixture
def people() -> Lesson:
    """Which words name somebody."""
    task = task_of("people", "tagging", labels=["O", "B-PER", "I-PER"], metrics=["span_f1"])
    words = ("The", "doctor", "said", "that", "he", "laughed")

    def sentence(name: str, i: int) -> TaggedExample:
        tags = [int(word == "doctor") for word in words]
        return TaggedExample(id=f"{name}-{i}", words=(str(i), *words), tags=(0, *tags))

    return Lesson(task, task.digest, {name: [sentence(name, i) for i in range(n)] for name, n in SIZES.items()})


@pytest.fixture
def questions() -> Lesson:
    """Which answer is the good one."""
    task = task_of("questions", "multiple_choice", labels=[])

    def ask(name: str, i: int) -> ChoiceExample:
        choices = ("a great story", "a bad ending", "worse")
        rotated = choices[i % 3 :] + choices[: i % 3]
        return ChoiceExample(id=f"{name}-{i}", question=f"Which film {i}?", choices=rotated, answer=-i % 3)

    return Lesson(task, task.digest, {name: [ask(name, i) for i in range(n)] for name, n in SIZES.items()})
