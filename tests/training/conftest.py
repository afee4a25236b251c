from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.precision import Precision
from leaderboard.data.examples import TextExample
from leaderboard.recipes.finetune import Finetune
from leaderboard.training.acceleration import NO_TRACKERS, accelerator_on
from leaderboard.training.encoding import Encoder
from leaderboard.training.objectives.classification import ClassificationObjective
from leaderboard.training.steps.plain import create_step
from leaderboard.training.steps.step import Learner, Step

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
    return lambda **options: classifier(encoder_folder, **options)


@pytest.fixture(scope="session")
def texts(encoder) -> Encoder:
    return Encoder.of(encoder, 32)


@pytest.fixture
def sentiment(texts) -> ClassificationObjective:
    return ClassificationObjective(texts, 2, reviews(), reviews())


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
    """Creates a learner of a model and an objective, in this process."""
    with accelerator_on(torch.device("cpu"), Precision.FLOAT32, trackers=NO_TRACKERS, settings={}) as accelerator:

        def learner(module, objective, *, precision=Precision.FLOAT32, **settings) -> Learner:
            logits = Logits(module)
            options = Finetune(**{"clip": 1e9, **settings})
            return Learner(accelerator, logits, logits, module, objective, options, precision, 0)

        yield learner


def take_step(learner: Learner) -> Step:
    """The step that a learner's settings name."""
    return create_step(learner)


class Logits(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, **inputs):
        return self.module(**inputs).logits


def gradients(module) -> dict[str, torch.Tensor]:
    """The gradients that a step set, which are then removed."""
    grads = {name: each.grad for name, each in module.named_parameters() if each.grad is not None}
    module.zero_grad()
    return grads
