import numpy as np
import pytest
import torch
from torch.nn import functional

from leaderboard.data.examples import ChoiceExample, TextExample
from leaderboard.errors import RequestError
from leaderboard.mitigations.mixup.step import MixupStep
from leaderboard.recipes.finetune import Finetune
from leaderboard.training.loop import train
from leaderboard.training.objectives.classification import ClassificationObjective
from leaderboard.training.objectives.multiple_choice import MultipleChoiceObjective
from leaderboard.training.steps.plain import PlainStep
from leaderboard.training.weights import snapshot
from tests.training.conftest import gradients, reviews, take_step


class FixedDraws:
    """Random generator with fixed draws."""

    def __init__(self, share, order):
        self.beta = lambda *_: share
        self.permutation = lambda _: np.array(order)


@pytest.fixture
def mixed(learning, still):
    """The gradients of one batch mixed in a given way."""

    def mixed(objective, share, order):
        step = MixupStep(learning(still, objective), 1.0)
        batch = objective.collate(objective.rows)
        loss = step._add_gradients(batch, FixedDraws(share, order), scale=1.0, last=True)
        return float(loss), gradients(still)

    return mixed


def objective_of_lengths(texts, *lengths):
    words_of_text = " ".join(["wonderful film"] * 9).split()
    rows = [
        TextExample(id=str(n), text=" ".join(words_of_text[: size + n]), label=n % 2) for n, size in enumerate(lengths)
    ]
    return ClassificationObjective(texts, 2, rows)


def test_whole_share_of_the_first_is_a_plain_step(mixed, learning, still, texts):
    objective = objective_of_lengths(texts, 4, 3)  # and so of one length
    loss, mixed_gradients = mixed(objective, 1.0, [1, 0])
    step = PlainStep(learning(still, objective))
    total, weight = step.gradients([objective.rows], 0)
    assert weight == 2
    assert loss == pytest.approx(float(total))
    for name, gradient in gradients(still).items():
        assert torch.allclose(mixed_gradients[name], gradient * weight, atol=1e-6), name


def test_mixture_is_that_of_embeddings_and_of_losses(mixed, still, texts):
    objective = objective_of_lengths(texts, 2, 5)
    loss, mixed_gradients = mixed(objective, 0.7, [1, 0])
    batch = objective.collate(objective.rows)
    words = still.bert.embeddings.word_embeddings(batch.inputs["input_ids"]) * batch.inputs["attention_mask"][..., None]
    logits = still(
        inputs_embeds=0.7 * words + 0.3 * words.flip(0), attention_mask=torch.ones_like(batch.inputs["input_ids"])
    ).logits
    losses = [functional.cross_entropy(logits, targets) * 2 for targets in (batch.targets, batch.targets.flip(0))]
    expected = 0.7 * losses[0] + 0.3 * losses[1]
    expected.backward()
    assert loss == pytest.approx(expected.item())
    for name, gradient in gradients(still).items():
        assert torch.allclose(mixed_gradients[name], gradient, atol=1e-6), name


def test_hook_is_gone_behind_a_step(mixed, still, texts):
    mixed(objective_of_lengths(texts, 2, 5), 0.7, [1, 0])
    assert not still.get_input_embeddings()._forward_hooks


def test_same_seed_mixes_the_same_and_otherwise_than_none(fresh, sentiment, tmp_path):
    weights = []
    for alpha in (0.4, 0.4, 0.0):
        module = fresh()
        settings = Finetune(learning_rate=3e-3, batch_size=8, epochs=1, mixup=alpha)
        train(module, sentiment, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
        weights.append(snapshot(module)["classifier.weight"])
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.slow
def test_what_is_mixed_can_still_be_learned(still, texts, tmp_path):
    objective = ClassificationObjective(texts, 2, reviews(), reviews())
    settings = Finetune(learning_rate=3e-3, batch_size=4, epochs=15, mixup=0.2)
    log = train(still, objective, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
    assert max(log.search_scores) == 1.0


def test_choices_are_not_mixed(learning, still, texts):
    objective = MultipleChoiceObjective(texts, [ChoiceExample(id="1", question="Which?", choices=("a", "b"), answer=0)])
    with pytest.raises(RequestError, match=r"recipe.mixup 0.4: mixup needs text classification"):
        take_step(learning(still, objective, mixup=0.4))
