from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from leaderboard.data.examples import TextExample
from leaderboard.models.precision import Precision
from leaderboard.models.quiet import quietly
from leaderboard.recipes.training.acceleration import NOBODY, accelerator_on
from leaderboard.recipes.training.classification import Classification
from leaderboard.recipes.training.encoding import Encoder
from leaderboard.recipes.training.settings import TrainingSettings
from leaderboard.recipes.training.steps.step import Learner

NOUNS = ("film", "plot", "acting", "doctor", "nurse", "story", "ending", "question")
SIDES = (("dull", 0), ("wonderful", 1))


def reviews(nouns=NOUNS) -> list[TextExample]:
    """Two sentences a noun, of which one word tells the class."""
    return [
        TextExample(id=f"{noun}-{word}", text=f"The {noun} was {word}.", label=label)
        for noun in nouns
        for word, label in SIDES
    ]


def classifier(folder: Path, *, labels: int = 2, seed: int = 0, **config) -> PreTrainedModel:
    """A fresh head on the body in a folder."""
    with torch.random.fork_rng(devices=[]), quietly():
        torch.manual_seed(seed)
        return AutoModelForSequenceClassification.from_pretrained(folder, num_labels=labels, **config)


@pytest.fixture(autouse=True)
def _one_thread(engine):
    """Threads that wait for each other cost more than these models do; the engine sets their number."""


@pytest.fixture
def fresh(encoder_folder) -> Callable[..., PreTrainedModel]:
    return lambda **wanted: classifier(encoder_folder, **wanted)


@pytest.fixture(scope="session")
def texts(encoder) -> Encoder:
    return Encoder.of(encoder, 32)


@pytest.fixture
def sentiment(texts) -> Classification:
    return Classification(texts, 2, reviews(), reviews())


@pytest.fixture(scope="session")
def headed_folder(encoder_folder, tmp_path_factory) -> Path:
    """A body with a head, without dropout, for processes that begin with the same."""
    folder = tmp_path_factory.mktemp("headed")
    with quietly():
        classifier(encoder_folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).save_pretrained(folder)
    return folder


@pytest.fixture
def still(fresh) -> PreTrainedModel:
    """Without dropout, ready to be trained."""
    return fresh(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).train()


@pytest.fixture
def learning() -> Iterator[Callable[..., Learner]]:
    """Makes a learner of a model and what it learns, in this process."""
    with accelerator_on(torch.device("cpu"), Precision.FLOAT32, trackers=NOBODY, settings={}) as accelerator:

        def learner(module, objective, *, precision=Precision.FLOAT32, **settings) -> Learner:
            logits = Logits(module)
            wanted = TrainingSettings(**{"clip": 1e9, **settings})
            return Learner(accelerator, logits, logits, module, objective, wanted, precision, 0)

        yield learner


class Logits(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, **inputs):
        return self.module(**inputs).logits


def gradients(module) -> dict[str, torch.Tensor]:
    """What a step left, taken away."""
    found = {name: each.grad for name, each in module.named_parameters() if each.grad is not None}
    module.zero_grad()
    return found
