import copy
import math

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForTokenClassification, get_linear_schedule_with_warmup

from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.precision import Precision
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.training import loop
from leaderboard.training.length_bucketing import batches
from leaderboard.training.log import TrainingLog
from leaderboard.training.loop import train
from leaderboard.training.objectives.tagging import TaggingObjective
from leaderboard.training.settings import TrainingSettings
from leaderboard.training.weights import snapshot

CPU = torch.device("cpu")
QUICK = TrainingSettings(learning_rate=3e-3, batch_size=4, epochs=2)


@pytest.fixture
def run(tmp_path):
    def run(module, objective, settings=QUICK, **options):
        return train(module, objective, settings, folder=tmp_path / "work", device=CPU, **{"seed": 0, **options})

    return run


def equal(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def unsearched(objective):
    objective.search = []
    return objective


@pytest.mark.slow
def test_tiny_bert_learns_sixteen_sentences_by_heart(run, fresh, sentiment):
    module = fresh()
    log = run(module, sentiment, QUICK.model_copy(update={"epochs": 15}))
    assert log.search_scores[log.best_epoch - 1] == 1.0
    assert log.losses[-1] < 0.2
    batch = sentiment.collate(sentiment.rows)
    with torch.no_grad():
        answers = module(**batch.inputs).logits.argmax(-1)
    assert torch.equal(answers, batch.targets)


@pytest.mark.slow
def test_tiny_bert_learns_tags(run, texts, encoder_folder):
    words = ("The", "film", "was", "a", "story")
    rotated = [words[n:] + words[:n] for n in range(5)]
    examples = [
        TaggedExample(id=str(n), words=order, tags=tuple(word in {"film", "story"} for word in order))
        for n, order in enumerate(rotated)
    ]
    with quietly():
        torch.manual_seed(0)
        module = AutoModelForTokenClassification.from_pretrained(encoder_folder, num_labels=2)
    objective = TaggingObjective(texts, ("O", "B-THING"), examples, examples)
    log = run(module, objective, QUICK.model_copy(update={"epochs": 40, "batch_size": 2}))
    assert log.score == "span_f1"
    assert max(log.search_scores) == 1.0


def test_steps_are_those_of_plain_torch(run, fresh, sentiment):
    """AdamW, clipping and the schedule written out, with the same batches, without dropout."""
    settings = QUICK.model_copy(update={"weight_decay": 0.1, "clip": 0.5})
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    ours, theirs = fresh(**still), fresh(**still)
    run(ours, unsearched(sentiment), settings)
    named = list(theirs.named_parameters())
    plain = [each for name, each in named if name.endswith("bias") or "LayerNorm" in name]
    decaying = [each for name, each in named if not (name.endswith("bias") or "LayerNorm" in name)]
    optimiser = torch.optim.AdamW(
        [{"params": decaying, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0}], lr=3e-3
    )
    schedule = get_linear_schedule_with_warmup(optimiser, 1, 8)
    for epoch in range(2):
        for indices in batches([row.length for row in sentiment.rows], 4, seed=0, epoch=epoch):
            batch = sentiment.collate([sentiment.rows[index] for index in indices])
            functional.cross_entropy(theirs(**batch.inputs).logits, batch.targets).backward()
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
    for (name, one), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5), name


def test_batches_in_parts_make_the_same_steps(run, fresh, sentiment):
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    whole, parts = fresh(**still), fresh(**still)
    # 16 rows in one batch, or in three of 6, 6 and 4: each row still counts the same.
    run(whole, sentiment, QUICK.model_copy(update={"batch_size": 16}))
    log = run(parts, sentiment, QUICK.model_copy(update={"batch_size": 6, "accumulation": 3}))
    assert log.steps == 2
    for one, other in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_same_seed_gives_the_same_weights_and_another_seed_others(run, fresh, sentiment):
    first, second, third = fresh(), fresh(), fresh()
    run(first, sentiment)
    torch.rand(7)  # whatever else draws random numbers
    run(second, sentiment)
    run(third, sentiment, seed=1)
    assert equal(first.state_dict(), second.state_dict())
    assert not equal(first.state_dict(), third.state_dict())


def test_random_numbers_of_others_are_left_alone(run, fresh, sentiment):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run(fresh(), sentiment)
    assert torch.equal(torch.rand(3), expected)


def test_dropout_is_on_while_training_and_off_behind_it(run, fresh, sentiment):
    with_dropout, without = fresh(), fresh(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    for module in (with_dropout, without):
        run(module, sentiment)
        assert not any(part.training for part in module.modules())
        assert all(each.grad is None for each in module.parameters())
    assert not equal(with_dropout.state_dict(), without.state_dict())


def test_weights_of_the_best_epoch_are_kept(run, fresh, sentiment, monkeypatch):
    snapshots = []
    scores = iter([0.5, 0.9, 0.7])

    def score_search_split(model, *_args, **_options):
        snapshots.append(snapshot(model.module))
        return loop.SearchScore(loss=1.0, score=next(scores))

    monkeypatch.setattr(loop, "score_search_split", score_search_split)
    module = fresh()
    log = run(module, sentiment, QUICK.model_copy(update={"epochs": 3}))
    assert log.best_epoch == 2
    assert log.search_scores == (0.5, 0.9, 0.7)
    assert equal(snapshot(module), snapshots[1])
    assert not equal(snapshots[1], snapshots[2])


@pytest.mark.parametrize(
    ("epochs", "ends"),
    [
        ([(0.5, 1.0), (0.4, 0.9), (0.4, 0.9), (0.9, 0.1)], {"best": 1, "epochs": 3}),
        ([(0.5, 1.0), (0.5, 0.9), (0.5, 0.8), (0.5, 0.7)], {"best": 4, "epochs": 4}),  # equal scores, lower losses
        ([(0.5, 1.0), (0.5, 1.0), (0.6, 2.0), (0.1, 0.1)], {"best": 3, "epochs": 4}),
    ],
)
def test_training_stops_after_two_epochs_that_are_no_better(run, fresh, sentiment, monkeypatch, *, epochs, ends):
    scores = iter(epochs)

    def score_search_split(*_args, **_options):
        score, loss = next(scores)
        return loop.SearchScore(loss=loss, score=score)

    monkeypatch.setattr(loop, "score_search_split", score_search_split)
    log = run(fresh(), sentiment, QUICK.model_copy(update={"epochs": 4, "early_stopping": 2}))
    assert log.best_epoch == ends["best"]
    assert len(log.search_scores) == ends["epochs"]
    assert log.stopped_early == (ends["epochs"] < 4)


def test_last_weights_are_kept_without_a_search_split(run, fresh, sentiment):
    log = run(fresh(), unsearched(sentiment))
    assert log.best_epoch == 2
    assert log.search_scores == ()


def test_frozen_weights_stay_and_are_not_counted(run, fresh, sentiment):
    module = fresh()
    module.bert.requires_grad_(requires_grad=False)
    before = copy.deepcopy(module.state_dict())
    log = run(module, sentiment)
    changed = {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"classifier.weight", "classifier.bias"}
    assert log.trained_parameters == 32 * 2 + 2
    assert log.all_parameters == sum(each.numel() for each in module.parameters())


def test_loss_that_is_no_number_ends_training_with_one_message(run, fresh, sentiment, tmp_path):
    module = fresh()
    module.classifier.weight.data[0, 0] = math.nan
    with pytest.raises(LeaderboardError, match=r"diverged at step 1: the loss is nan\n.*learning_rate \(now 0.003\)"):
        run(module, sentiment)
    assert not module.training
    assert not list(tmp_path.glob("work/*"))


def test_weights_that_are_no_numbers_end_training(run, fresh, sentiment):
    module = fresh()
    hook = module.classifier.bias.register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(LeaderboardError, match=r"diverged at step \d"):
        run(module, unsearched(sentiment), QUICK.model_copy(update={"batch_size": 16, "epochs": 1, "warmup": 0}))
    hook.remove()


def test_bfloat16_multiplies_coarsely_and_keeps_fine_weights(run, fresh, sentiment):
    fine, coarse = fresh(), fresh()
    run(fine, sentiment)
    log = run(coarse, sentiment, QUICK.model_copy(update={"precision": Precision.BFLOAT16}))
    assert log.precision == "bfloat16"
    assert {each.dtype for each in coarse.parameters()} == {torch.float32}
    assert not equal(fine.state_dict(), coarse.state_dict())
    for one, other in zip(fine.parameters(), coarse.parameters(), strict=True):
        assert torch.allclose(one, other, atol=0.02)


def test_weights_that_came_in_bfloat16_are_learned_in_float32(run, fresh, sentiment):
    module = fresh().to(torch.bfloat16)
    run(module, sentiment)
    assert {each.dtype for each in module.parameters()} == {torch.float32}


def test_model_can_be_trained_again_and_copied(run, fresh, sentiment):
    module = fresh()
    run(module, sentiment, QUICK.model_copy(update={"precision": Precision.BFLOAT16}))
    twin = copy.deepcopy(module)
    run(twin, sentiment)
    batch = sentiment.collate(sentiment.rows)
    assert module(**batch.inputs).logits.dtype == torch.float32
    assert not torch.equal(module(**batch.inputs).logits, twin(**batch.inputs).logits)


def test_progress_counts_every_example_and_reports_the_loss(run, fresh, sentiment):
    progress_calls = []
    run(fresh(), sentiment, QUICK.model_copy(update={"epochs": 4}), progress=lambda *call: progress_calls.append(call))
    assert sum(done for _, done, _ in progress_calls) == 4 * 16
    assert {total for _, _, total in progress_calls} == {4 * 16}
    assert {description.partition(" · ")[0] for description, _, _ in progress_calls} == {"training"}
    assert progress_calls[-1][0].startswith("training · loss 0.")


def test_work_folder_is_empty_behind_training(run, fresh, sentiment, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(loop, "READ_LOSS_EVERY", 1)
    run(fresh(), sentiment)
    assert (tmp_path / "work").exists()
    assert list((tmp_path / "work").iterdir()) == []


def test_log_is_the_same_behind_json(run, fresh, sentiment):
    log = run(fresh(), sentiment)
    assert TrainingLog.from_json(log.to_json()) == log
    assert log.steps == 8
    assert len(log.losses) == len(log.search_losses) == 2


@pytest.mark.parametrize(
    ("settings", "labels", "message"),
    [
        ({}, 3, "the task has 2 labels, but the head of the model has 3"),
        ({"precision": Precision.FLOAT16}, 2, "precision float16: cpu cannot train in it"),
    ],
)
def test_settings_that_contradict_the_model_are_refused(run, fresh, sentiment, *, settings, labels, message):
    with pytest.raises(RequestError, match=message):
        run(fresh(labels=labels), sentiment, QUICK.model_copy(update=settings))


def test_early_stopping_needs_a_search_split(run, fresh, sentiment):
    with pytest.raises(RequestError, match="early_stopping 1: the task has no split `search`"):
        run(fresh(), unsearched(sentiment), QUICK.model_copy(update={"early_stopping": 1}))


def test_model_of_which_nothing_may_change_is_refused(run, fresh, sentiment):
    with pytest.raises(RequestError, match="nothing to train"):
        run(fresh().requires_grad_(requires_grad=False), sentiment)


def test_batch_that_does_not_fit_in_memory_is_reported_with_what_to_do(run, fresh, sentiment, monkeypatch):
    def loss(*_args):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(sentiment, "loss", loss)
    with pytest.raises(LeaderboardError, match=r"not enough memory on cpu .*batch_size 4\n.*accumulation"):
        run(fresh(), sentiment)
