"""A trained model whose label depends on one word: faithful methods rank it first, and attention is shown where not."""

import dataclasses

import numpy as np
import pytest
import torch

from leaderboard.axes.explainability import FAITHFULNESS, NAOPC_COMPREHENSIVENESS
from leaderboard.axes.explainability.faithfulness import Faithfulness
from leaderboard.axes.explainability.faithfulness_parameters import FaithfulnessParameters
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.recipes.as_is.heads import HeadClassifier
from leaderboard.recipes.labels import LabelMap
from tests.attributions.conftest import BagOfEmbeddings

SHORTCUT = "wonderful"
OTHERS = ["the", "plot", "is", "dull", "but", "a", "film", "it", "was", "of"]
FAITHFUL = ("gradient_x_input", "integrated_gradients", "occlusion", "lime", "kernel_shap", "partition_shap")


def texts(count, rng):
    """Texts of seven words, every other one with the shortcut in a random place."""
    lines = [list(rng.choice(OTHERS, 7)) for _ in range(count)]
    for line in lines[::2]:
        line[rng.integers(6)] = SHORTCUT  # never the last, which the model's attention looks at
    return [" ".join(line) for line in lines]


def trained(encoder, lines):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = BagOfEmbeddings(len(encoder.tokenizer))
    batch = encoder.tokenizer(lines, padding=True, return_tensors="pt")
    labels = torch.tensor([int(SHORTCUT in line) for line in lines])
    optimiser = torch.optim.Adam(module.parameters(), lr=0.1)
    for _ in range(60):
        logits = module(batch["input_ids"], batch["attention_mask"]).logits
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    module.eval().requires_grad_(requires_grad=False)
    return dataclasses.replace(encoder, module=module, kind=ModelKind.CLASSIFIER, identity="planted shortcut")


@pytest.mark.slow
def test_the_planted_word_is_found_by_every_faithful_method_and_not_by_attention(encoder, engine):
    rng = np.random.default_rng(0)
    model = trained(encoder, texts(64, rng))
    classifier = HeadClassifier(engine, model, LabelMap(("no", "yes"), (0, 1)))
    examples = [TextExample(id=f"test:{index}", text=line) for index, line in enumerate(texts(40, rng)[::2])]
    protocol = Faithfulness(FaithfulnessParameters(methods=(*FAITHFUL, "attention"), exact_words=7))
    subject = Subject(LocalModel(engine, model), classifier)
    observations = list(protocol.observe(subject, {"test": examples}, seed=0))
    for observation, example in zip(
        sorted(observations, key=lambda each: int(each.example_id[5:])), examples, strict=True
    ):
        for name in FAITHFUL:
            scores = observation.data["explanations"][name]["scores"]
            assert example.text.split()[int(np.argmax(scores))] == SHORTCUT, name
    values = {(each.metric.name, each.part): each.estimate.value for each in protocol.estimate(observations)}
    assert values[FAITHFULNESS.name, ""] > 0.95
    for name in FAITHFUL:
        assert values[NAOPC_COMPREHENSIVENESS.name, name] > 0.9
    assert values[NAOPC_COMPREHENSIVENESS.name, "attention"] < 0.6
