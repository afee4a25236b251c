import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from leaderboard.mitigations.adversarial import Adversary
from leaderboard.recipes.finetune import Finetune
from leaderboard.training import loop
from leaderboard.training.adapter_settings import AdapterMethod
from leaderboard.training.adapters import add_adapters
from leaderboard.training.checkpoint import FILE, Checkpoint, TrainingState
from leaderboard.training.loop import train
from leaderboard.training.weights import snapshot

SETTINGS = Finetune(learning_rate=3e-3, batch_size=4, epochs=3)
PROGRAM = Path(__file__).parent / "interrupted.py"


class KilledError(Exception):
    pass


@pytest.fixture(autouse=True)
def _checkpoint_every_step(monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", float("inf"))
    monkeypatch.setattr(loop, "READ_LOSS_EVERY", 1)


@pytest.fixture
def run(tmp_path, sentiment):
    def run(module, *, stop_at=None, settings=SETTINGS, seed=0):
        """Train, with `stop_at` only until that many examples; return the numbers of examples of each progress call."""
        progress_counts = []

        def progress(_description, done, _total):
            progress_counts.append(done)
            if stop_at is not None and sum(progress_counts) >= stop_at:
                raise KilledError

        try:
            train(
                module, sentiment, settings, folder=tmp_path, device=torch.device("cpu"), seed=seed, progress=progress
            )
        except KilledError:
            assert stop_at is not None
        return progress_counts

    return run


def equal(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_killed_process_goes_on_bit_by_bit(run, fresh, encoder_folder, tmp_path):
    command = [sys.executable, PROGRAM, encoder_folder, tmp_path]
    killed = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    for _ in range(7):  # in the middle of the second of three epochs of four steps
        killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    uninterrupted, resumed = fresh(), fresh()
    progress_counts = run(resumed)
    assert 6 * 4 <= progress_counts[0] < 12 * 4  # what it need not see again
    assert sum(progress_counts) == 48
    assert list(tmp_path.iterdir()) == []
    run(uninterrupted)
    assert equal(snapshot(resumed), snapshot(uninterrupted))


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", [20, 32])  # before and after half of the steps, when the ranks are chosen
def test_adalora_goes_on_bit_by_bit(run, fresh, stop_at):
    uninterrupted, resumed, again = (
        add_adapters(fresh(), rank=2, alpha=4, method=AdapterMethod.ADALORA) for _ in range(3)
    )
    run(uninterrupted)
    run(resumed, stop_at=stop_at)
    run(again)
    assert equal(snapshot(again), snapshot(uninterrupted))


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", [4, 16, 20, 32, 44])
def test_training_goes_on_bit_by_bit_wherever_it_ended(run, fresh, stop_at):
    uninterrupted, parts = fresh(), fresh()
    run(uninterrupted)
    run(parts, stop_at=stop_at)
    resumed = fresh()
    progress_counts = run(resumed)
    assert sum(progress_counts) == 3 * 16
    assert equal(snapshot(resumed), snapshot(uninterrupted))


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{"mixup": 0.4}, {"adversary": Adversary.FREELB}, {"dp_noise": 0.5}], ids=["mixup", "freelb", "private"]
)
def test_every_kind_of_step_goes_on_bit_by_bit(run, fresh, changes):
    settings = SETTINGS.model_copy(update=changes)
    uninterrupted, resumed = fresh(), fresh()
    progress_counts = run(uninterrupted, settings=settings)
    assert len(progress_counts) == 12
    run(fresh(), stop_at=20, settings=settings)
    assert len(run(resumed, settings=settings)) < 12
    assert equal(snapshot(resumed), snapshot(uninterrupted))


@pytest.mark.slow
def test_log_covers_all_parts(run, fresh, sentiment, tmp_path):
    run(fresh(), stop_at=40)
    log = train(fresh(), sentiment, SETTINGS, folder=tmp_path, device=torch.device("cpu"), seed=0)
    assert log.steps == 12
    assert len(log.losses) == len(log.search_scores) == 3


@pytest.mark.slow
def test_best_weights_of_before_are_kept(run, fresh, monkeypatch):
    """The first epoch is best; the training ends after it and goes on."""

    def score_search_split(model, *_args, **_options):
        score_search_split.calls += 1
        return loop.SearchScore(loss=1.0, score=1.0 / score_search_split.calls)

    score_search_split.calls = 0
    monkeypatch.setattr(loop, "score_search_split", score_search_split)
    uninterrupted = fresh()
    run(uninterrupted)
    score_search_split.calls = 0
    run(fresh(), stop_at=24)
    resumed = fresh()
    run(resumed)
    assert equal(snapshot(resumed), snapshot(uninterrupted))


@pytest.mark.slow
@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\x00" * 100])
def test_damaged_checkpoint_is_discarded_with_one_warning(run, fresh, tmp_path, caplog, damage):
    run(fresh(), stop_at=24)
    (tmp_path / FILE).write_bytes(damage((tmp_path / FILE).read_bytes()))
    uninterrupted, resumed = fresh(), fresh()
    with caplog.at_level(logging.WARNING, logger="leaderboard"):
        progress_counts = run(resumed)
    assert len(caplog.messages) == 1
    assert "training starts anew" in caplog.messages[0]
    assert progress_counts[0] == 4
    run(uninterrupted)
    assert equal(snapshot(resumed), snapshot(uninterrupted))


@pytest.mark.slow
def test_checkpoint_of_other_code_is_discarded(run, fresh, tmp_path, caplog):
    run(fresh(), stop_at=24)
    with safe_open(tmp_path / FILE, framework="pt") as file:
        header = json.loads(file.metadata()["told"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    header["standing"] = {"epochs_done": 1}
    save_file(tensors, tmp_path / FILE, metadata={"told": json.dumps(header)})
    assert run(fresh())[0] == 4
    assert len(caplog.messages) == 1


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"seed": 1}, {"settings": SETTINGS.model_copy(update={"learning_rate": 1e-3})}])
def test_checkpoint_of_another_training_is_not_gone_on_with(run, fresh, caplog, other):
    run(fresh(), stop_at=24)
    assert run(fresh(), **other)[0] == 4
    assert "of another training" in caplog.messages[0]


def test_an_unfinished_checkpoint_replaces_nothing(run, fresh, tmp_path, monkeypatch):
    run(fresh(), stop_at=24)
    before = (tmp_path / FILE).read_bytes()

    def full(*_args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Checkpoint(TrainingState(step=99), {}, {}, {}, {}).save(tmp_path, "another")
    assert (tmp_path / FILE).read_bytes() == before


def test_checkpoints_are_as_rare_as_their_writing_is_slow(run, fresh, monkeypatch):
    saved = []
    monkeypatch.setattr(Checkpoint, "save", lambda self, *_args: saved.append(self.state.step))
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY_S", 3600.0)
    run(fresh())
    assert saved == [4, 8]  # the ends of epochs, but for the last
