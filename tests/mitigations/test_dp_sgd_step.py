import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from leaderboard.backends.precision import Precision
from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import RequestError
from leaderboard.mitigations.dp_sgd.step import PrivateStep
from leaderboard.recipes.finetune import Finetune
from leaderboard.training.adapters import add_adapters
from leaderboard.training.log import TrainingLog
from leaderboard.training.loop import train
from leaderboard.training.objectives.multiple_choice import MultipleChoiceObjective
from tests.training.conftest import gradients, take_step

CPU = torch.device("cpu")
HUGE = 1e9


def one_by_one(module, objective, rows) -> list[dict[str, torch.Tensor]]:
    """The gradients of each row, dense, as torch gives them."""
    by_row = []
    for row in rows:
        batch = objective.collate([row])
        objective.loss(module(**batch.inputs).logits, batch).backward()
        by_row.append(gradients(module))
    return by_row


def norm(gradients_of_row) -> float:
    return float(torch.cat([each.flatten() for each in gradients_of_row.values()]).norm())


def test_gradients_of_each_example_are_clipped_and_added(learning, still, sentiment):
    rows = sentiment.rows[:5]
    each = one_by_one(still, sentiment, rows)
    clip = sorted(map(norm, each))[2]  # two are shorter, two longer
    step = PrivateStep(learning(still, sentiment, batch_size=4), noise=0.0, clip=clip)
    loss, weight = step.gradients([rows], 0)
    assert weight == 5
    assert float(loss) > 0
    for name, gradient in gradients(still).items():
        expected = (
            sum(
                gradients_of_row[name] * min(1.0, clip / norm(gradients_of_row))
                for gradients_of_row in each
                if name in gradients_of_row
            )
            / 4
        )
        assert torch.allclose(gradient, expected, atol=1e-6), name


def test_without_noise_and_clipping_it_is_the_gradient_of_the_loss(learning, still, sentiment):
    rows = sentiment.rows[:6]
    batch = sentiment.collate(rows)
    loss = sentiment.loss(still(**batch.inputs).logits, batch)
    loss.backward()
    expected = gradients(still)
    private_loss, _ = PrivateStep(learning(still, sentiment, batch_size=4), noise=0.0, clip=HUGE).gradients([rows], 0)
    assert private_loss.item() == pytest.approx(loss.item(), abs=1e-4)
    for name, gradient in gradients(still).items():
        assert torch.allclose(gradient, expected[name] / 4, atol=1e-6), name


def test_noise_has_the_requested_deviation_and_differs_by_step(learning, still, sentiment):
    step = PrivateStep(learning(still, sentiment, batch_size=4), noise=2.0, clip=0.5)
    loss, weight = step.gradients([[]], 3)
    first = torch.cat([each.flatten() for each in gradients(still).values()])
    assert (float(loss), weight) == (0.0, 0)  # no example: noise alone
    assert float(first.std()) == pytest.approx(2.0 * 0.5 / 4, rel=0.02)
    assert float(first.mean()) == pytest.approx(0.0, abs=0.01)
    step.gradients([[]], 3)
    again = torch.cat([each.flatten() for each in gradients(still).values()])
    assert torch.equal(first, again)
    step.gradients([[]], 4)
    other = torch.cat([each.flatten() for each in gradients(still).values()])
    assert abs(float(torch.corrcoef(torch.stack([first, other]))[0, 1])) < 0.03


def test_processes_share_the_examples_and_draw_the_same_noise(learning, still, sentiment):
    rows, learner = sentiment.rows[:5], learning(still, sentiment, batch_size=4)

    def share(rank, processes, noise):
        alone = SimpleNamespace(device=CPU, process_index=rank, num_processes=processes, reduce=lambda each, **_: each)
        step = PrivateStep(replace(learner, accelerator=alone), noise=noise, clip=0.3)
        step.gradients([rows], 2)
        return gradients(still)

    whole, first, second, noisy, others = (
        share(*arguments) for arguments in [(0, 1, 0.0), (0, 2, 0.0), (1, 2, 0.0), (0, 2, 1.0), (1, 2, 1.0)]
    )
    for name, gradient in whole.items():
        assert torch.allclose(first[name] + second[name], gradient, atol=1e-6), name
        assert torch.allclose(noisy[name] - first[name], others[name] - second[name], atol=1e-6), name


def test_examples_are_drawn_independently(learning, still, sentiment):
    sentiment.rows = sentiment.rows * 100
    step = PrivateStep(learning(still, sentiment, batch_size=40), noise=1.0, clip=1.0)
    batches = step.batches(0)
    assert len(batches) == 40
    assert batches == step.batches(0) != step.batches(1)
    sizes = np.array([len(batch) for (batch,) in batches])
    assert sizes.mean() == pytest.approx(40, abs=4)
    assert sizes.std() == pytest.approx(np.sqrt(40 * 39 / 40), rel=0.4)  # binomial; batches of one size have 0
    assert all(len(set(batch)) == len(batch) for (batch,) in batches)


def test_a_batch_of_everything_draws_everything(learning, still, sentiment):
    step = PrivateStep(learning(still, sentiment, batch_size=10, accumulation=2), noise=1.0, clip=1.0)
    assert step.batches(0) == [[list(range(16))]]


def test_questions_are_clipped_as_wholes(learning, encoder_folder, texts):
    from transformers import AutoModelForMultipleChoice

    module = AutoModelForMultipleChoice.from_pretrained(encoder_folder).eval()
    questions_to_clip = [
        ChoiceExample(id=str(n), question="Which film?", choices=("a story", "worse", "dull")[: 2 + n], answer=0)
        for n in range(2)
    ]
    objective = MultipleChoiceObjective(texts, questions_to_clip)
    each = one_by_one(module, objective, objective.rows)
    clip = min(map(norm, each)) / 2
    PrivateStep(learning(module, objective, batch_size=2), noise=0.0, clip=clip).gradients([objective.rows], 0)
    for name, gradient in gradients(module).items():
        expected = (
            sum(
                gradients_of_row[name] * clip / norm(gradients_of_row)
                for gradients_of_row in each
                if name in gradients_of_row
            )
            / 2
        )
        assert torch.allclose(gradient, expected, atol=1e-6), name


def test_adapters_learn_in_private(still, sentiment, learning):
    module = add_adapters(still, rank=2, alpha=4)
    PrivateStep(learning(module, sentiment), noise=0.0, clip=1.0).gradients([sentiment.rows[:3]], 0)
    gradients_of_row = gradients(module)
    assert gradients_of_row.keys() == {name for name, each in module.named_parameters() if each.requires_grad}
    assert 0 < norm(gradients_of_row) <= 3 / 16 + 1e-6


@pytest.mark.slow
def test_log_has_the_guarantee(fresh, sentiment, tmp_path):
    pytest.importorskip("opacus")
    settings = Finetune(learning_rate=3e-3, batch_size=4, epochs=2, dp_noise=1.5, dp_clip=0.1)
    module = fresh()
    log = train(module, sentiment, settings, folder=tmp_path, device=CPU, seed=0)
    guarantee = log.privacy
    assert (guarantee.noise, guarantee.clip, guarantee.sample_rate, guarantee.steps) == (1.5, 0.1, 0.25, 8)
    assert 0 < guarantee.epsilon < 20
    assert 0 < guarantee.delta < 1 / 16
    assert TrainingLog.from_json(json.loads(json.dumps(log.to_json()))) == log
    assert not any(part.sparse for part in module.modules() if isinstance(part, torch.nn.Embedding))


def test_guarantee_is_the_published_one(learning, still, sentiment):
    """600 rows in batches of 32, 57 steps: noise 0.652 gives ε = 8 at δ = 1e-5 (privacy loss distributions)."""
    pytest.importorskip("opacus")
    sentiment.rows = (sentiment.rows * 38)[:600]
    guarantee = PrivateStep(learning(still, sentiment, batch_size=32), noise=0.652, clip=1.0).privacy(57)
    assert guarantee.delta == 1e-5
    assert guarantee.epsilon == pytest.approx(8.0, abs=0.05)


def test_training_without_noise_has_no_guarantee(fresh, sentiment, tmp_path):
    settings = Finetune(batch_size=16, epochs=1)
    log = train(fresh(), sentiment, settings, folder=tmp_path, device=CPU, seed=0)
    assert log.privacy is None
    assert TrainingLog.from_json(log.to_json()) == log


def test_missing_accountant_is_reported_before_training(learning, still, sentiment, monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants", None)
    with pytest.raises(RequestError, match=r"(?s)opacus.*pip install 'lm-leaderboard\[privacy\]'"):
        take_step(learning(still, sentiment, dp_noise=1.0))


def test_float16_is_refused(learning, still, sentiment):
    with pytest.raises(RequestError, match=r"recipe.precision float16"):
        take_step(learning(still, sentiment, dp_noise=1.0, precision=Precision.FLOAT16))
