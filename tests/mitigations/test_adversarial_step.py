import math
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.backends.precision import Precision
from leaderboard.mitigations.adversarial import Adversary
from leaderboard.mitigations.adversarial.step import AdversarialStep, Attack
from leaderboard.recipes.finetune import Finetune
from leaderboard.training.encoding import TrainingBatch
from leaderboard.training.loop import train
from leaderboard.training.weights import snapshot
from tests.training.conftest import gradients

CPU = torch.device("cpu")
WORDS = torch.tensor([[0.0, 0.0], [1.0, 2.0], [-1.0, 1.0]])
SLOPE = torch.tensor([3.0, 4.0])  # of norm 5
MASK = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0]])
IDS = torch.tensor([[1, 2, 1, 1], [2, 0, 0, 0]])


class Linear(torch.nn.Module):
    """The sum over all tokens of slope · embedding is its answer, and its loss."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding.from_pretrained(WORDS.clone())
        self.slope = torch.nn.Parameter(SLOPE.clone())

    def get_input_embeddings(self):
        return self.words

    def forward(self, input_ids, attention_mask):
        return SimpleNamespace(logits=(self.words(input_ids) * attention_mask[..., None]).sum(1) @ self.slope)


@dataclass
class Sum:
    rows: tuple = ("one", "other")

    def loss(self, logits, _batch):
        return logits.sum()


@pytest.fixture
def attacked(learning):
    """The loss of a linear model under attack, and the gradient of its slope."""

    def attacked(attack):
        module = Linear()
        batch = TrainingBatch(Sum().rows, {"input_ids": IDS, "attention_mask": MASK}, torch.zeros(2))
        torch.manual_seed(7)
        loss = AdversarialStep(learning(module, Sum()), attack)._add_gradients(batch, None, scale=1.0, last=True)
        return float(loss), module.slope.grad

    return attacked


CLEAN = (WORDS[IDS] * MASK[..., None]).sum((0, 1))  # (2, 7) and (-1, 1)


def test_fgm_of_a_linear_model_is_as_computed_by_hand(attacked):
    """Gradient (3, 4) at each of four tokens, of norm 10 together: 0.1 · (3, 4) each; for one token 0.2 · (3, 4)."""
    loss, gradient = attacked(Attack.of(Adversary.FGM, 1.0, 3))
    moved = CLEAN + 4 * 0.1 * SLOPE + 0.2 * SLOPE
    assert loss == pytest.approx(float(0.5 * CLEAN @ SLOPE + 0.5 * moved @ SLOPE))
    assert loss == pytest.approx(35 + 0.5 * (4 * 0.1 + 0.2) * 25)
    assert gradient.tolist() == pytest.approx((0.5 * CLEAN + 0.5 * moved).tolist())


def test_freelb_of_one_step_uses_the_first_perturbation(attacked):
    attack = Attack.of(Adversary.FREELB, 0.5, 1)
    torch.manual_seed(7)
    start = attack.begin(MASK, 2)
    loss, gradient = attacked(attack)
    assert gradient.tolist() == pytest.approx((CLEAN + start.sum((0, 1))).tolist())
    assert loss == pytest.approx(float((CLEAN + start.sum((0, 1))) @ SLOPE))
    assert start.abs().sum() > 0


def test_freelb_takes_equal_shares_along_the_way(attacked):
    attack = Attack.of(Adversary.FREELB, 0.5, 2)
    torch.manual_seed(7)
    start = attack.begin(MASK, 2)
    step_two = attack.next(start, SLOPE.expand(2, 4, 2), MASK)
    _, gradient = attacked(attack)
    assert gradient.tolist() == pytest.approx((CLEAN + (0.5 * start + 0.5 * step_two).sum((0, 1))).tolist(), abs=1e-5)


def test_pgd_uses_the_last_perturbation_alone(attacked):
    attack = Attack.of(Adversary.PGD, 1.0, 2)
    torch.manual_seed(7)
    perturbation = attack.begin(MASK, 2)
    for _ in range(2):
        perturbation = attack.next(perturbation, SLOPE.expand(2, 4, 2), MASK)
    loss, gradient = attacked(attack)
    assert gradient.tolist() == pytest.approx((CLEAN + perturbation.sum((0, 1))).tolist(), abs=1e-5)
    assert 35 < loss <= 35 + 10 + 5 + 1e-4  # no farther than ε · |gradient| for either


@given(
    st.sampled_from([Adversary.PGD, Adversary.FREELB]), st.floats(0.01, 100), st.integers(1, 5), st.integers(0, 2**31)
)
def test_perturbations_stay_in_the_ball_and_off_the_padding(kind, epsilon, steps, seed):
    attack = Attack.of(kind, epsilon, steps)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        perturbation = attack.begin(MASK, 3)
        for _ in range(steps + 1):
            assert bool((perturbation.flatten(1).norm(dim=1) <= epsilon * (1 + 1e-5)).all())
            assert not perturbation[MASK == 0].any()
            perturbation = attack.next(perturbation, torch.randn(2, 4, 3), MASK)


@pytest.mark.parametrize("gradient", [0.0, math.inf, math.nan])
def test_gradient_that_points_nowhere_moves_nothing(gradient):
    attack = Attack.of(Adversary.PGD, 1.0, 3)
    start = attack.begin(MASK, 3)
    assert torch.allclose(attack.next(start, torch.full((2, 4, 3), gradient), MASK), start)


@pytest.mark.parametrize("kind", [Adversary.FGM, Adversary.PGD, Adversary.FREELB])
def test_shares_of_an_attack_are_one_together(kind):
    assert sum(Attack.of(kind, 1.0, 3).shares) == pytest.approx(1.0)


def test_batches_in_parts_make_the_same_step(learning, still, sentiment):
    learner = learning(still, sentiment, adversary="fgm")
    step, rows = AdversarialStep(learner, Attack.of(Adversary.FGM, 1.0, 3)), sentiment.rows
    loss, _ = step.gradients([rows], 0)
    whole = gradients(still)
    loss_in_parts, _ = step.gradients([rows[:6], rows[6:12], rows[12:]], 0)
    assert float(loss_in_parts) == pytest.approx(float(loss), abs=1e-4)
    for name, gradient in gradients(still).items():
        assert torch.allclose(gradient, whole[name], atol=1e-6), name


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("kind", ["fgm", "pgd", "freelb"])
def test_each_attack_gives_other_weights_the_same_each_time(fresh, sentiment, tmp_path, kind, precision):
    settings = Finetune(learning_rate=3e-3, batch_size=8, epochs=1, precision=precision)
    weights = []
    for adversary in (kind, kind, "none"):
        module = fresh()
        adversarial = settings.model_copy(update={"adversary": Adversary(adversary)})
        train(module, sentiment, adversarial, folder=tmp_path, device=CPU, seed=0)
        weights.append(snapshot(module)["classifier.weight"])
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
