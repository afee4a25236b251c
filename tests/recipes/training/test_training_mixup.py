import numpy as np
import pytest
import torch
from torch.nn import functional

from leaderboard.data.examples import ChoiceExample, TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.training.choice import MultipleChoice
from leaderboard.recipes.training.classification import Classification
from leaderboard.recipes.training.loop import train
from leaderboard.recipes.training.settings import TrainingSettings
from leaderboard.recipes.training.steps.choosing import step_of
from leaderboard.recipes.training.steps.mixup import Mixup
from leaderboard.recipes.training.steps.plain import Plain
from leaderboard.recipes.training.weights import snapshot
from tests.recipes.training.conftest import gradients, reviews


class Drawn:
    """Stands for a generator: what it draws is said."""

    def __init__(self, share, order):
        self.beta = lambda *_: share
        self.permutation = lambda _: np.array(order)


@pytest.fixture
def mixed(learning, still):
    """The gradients of one batch mixed in a given way."""

    def mixed(objective, share, order):
        step = Mixup(learning(still, objective), 1.0)
        batch = objective.collate(objective.rows)
        loss = step._learn(batch, Drawn(share, order), scale=1.0, last=True)
        return float(loss), gradients(still)

    return mixed


def of_lengths(texts, *lengths):
    said = " ".join(["wonderful film"] * 9).split()
    rows = [TextExample(id=str(n), text=" ".join(said[: size + n]), label=n % 2) for n, size in enumerate(lengths)]
    return Classification(texts, 2, rows)


def test_whole_share_of_the_first_is_a_plain_step(mixed, learning, still, texts):
    objective = of_lengths(texts, 4, 3)  # and so of one length
    loss, found = mixed(objective, 1.0, [1, 0])
    step = Plain(learning(still, objective))
    total, weight = step.gradients([objective.rows], 0)
    assert weight == 2
    assert loss == pytest.approx(float(total))
    for name, gradient in gradients(still).items():
        assert torch.allclose(found[name], gradient * weight, atol=1e-6), name


def test_mixture_is_that_of_embeddings_and_of_losses(mixed, still, texts):
    objective = of_lengths(texts, 2, 5)
    loss, found = mixed(objective, 0.7, [1, 0])
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
        assert torch.allclose(found[name], gradient, atol=1e-6), name


def test_hook_is_gone_behind_a_step(mixed, still, texts):
    mixed(of_lengths(texts, 2, 5), 0.7, [1, 0])
    assert not still.get_input_embeddings()._forward_hooks


def test_same_seed_mixes_the_same_and_otherwise_than_none(fresh, sentiment, tmp_path):
    learned = []
    for alpha in (0.4, 0.4, 0.0):
        module = fresh()
        settings = TrainingSettings(learning_rate=3e-3, batch_size=8, epochs=1, mixup=alpha)
        train(module, sentiment, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
        learned.append(snapshot(module)["classifier.weight"])
    assert torch.equal(learned[0], learned[1])
    assert not torch.equal(learned[0], learned[2])


def test_what_is_mixed_can_still_be_learned(still, texts, tmp_path):
    objective = Classification(texts, 2, reviews(), reviews())
    settings = TrainingSettings(learning_rate=3e-3, batch_size=4, epochs=15, mixup=0.2)
    log = train(still, objective, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
    assert max(log.search_scores) == 1.0


def test_choices_are_not_mixed(learning, still, texts):
    objective = MultipleChoice(texts, [ChoiceExample(id="1", question="Which?", choices=("a", "b"), answer=0)])
    with pytest.raises(RequestError, match=r"recipe.mixup 0.4: only the class of a text"):
        step_of(learning(still, objective, mixup=0.4))
