import pytest
import torch
from accelerate.state import PartialState
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from leaderboard.errors import RequestError
from leaderboard.training import acceleration
from leaderboard.training.acceleration import Trackers, check_trackers
from leaderboard.training.loop import train
from leaderboard.training.settings import TrainingSettings

SETTINGS = TrainingSettings(learning_rate=3e-3, batch_size=4, epochs=3)


def log_with(module, objective, folder, *trackers):
    selected = Trackers(trackers, folder / "logs")
    device = torch.device("cpu")
    return train(module, objective, SETTINGS, folder=folder, device=device, seed=0, trackers=selected)


def test_tensorboard_logs_loss_rate_and_score(fresh, sentiment, tmp_path):
    log = log_with(fresh(), sentiment, tmp_path, "tensorboard")
    events = EventAccumulator(str(tmp_path / "logs" / "training"))
    events.Reload()
    # Twelve steps: a reading after each epoch of four, and one after the tenth step.
    assert [event.step for event in events.Scalars("loss")] == [4, 8, 10, 12]
    assert events.Scalars("loss")[0].value == pytest.approx(log.losses[0])
    assert [event.value for event in events.Scalars("search_loss")] == pytest.approx(list(log.search_losses))
    assert [event.value for event in events.Scalars("search_accuracy")] == pytest.approx(list(log.search_scores))
    assert events.Scalars("learning_rate")[-1].value == pytest.approx(0, abs=1e-9)


def test_unknown_tracker_is_named_with_the_nearest_name(fresh, sentiment, tmp_path):
    with pytest.raises(RequestError, match=r"unknown tracker 'tensorbord'(.|\n)*Did you mean 'tensorboard'"):
        log_with(fresh(), sentiment, tmp_path, "tensorbord")


def test_tracker_that_is_not_installed_is_named_with_its_install_command(fresh, sentiment, tmp_path, monkeypatch):
    monkeypatch.setattr(acceleration, "get_available_trackers", lambda: ["tensorboard"])
    with pytest.raises(RequestError, match=r"tracker 'wandb'[^.]*pip install 'lm-leaderboard\[wandb\]'"):
        log_with(fresh(), sentiment, tmp_path, "wandb")


def test_a_tracker_without_an_extra_is_its_own_package(monkeypatch):
    monkeypatch.setattr(acceleration, "get_available_trackers", list)
    with pytest.raises(RequestError, match=r"tracker 'comet_ml'[^.]*pip install comet-ml$"):
        check_trackers(["comet_ml"])


def test_other_users_of_accelerate_keep_their_state(fresh, sentiment, tmp_path):
    PartialState._reset_state()
    mine = PartialState(cpu=True)
    mine.mark = "mine"
    try:
        log_with(fresh(), sentiment, tmp_path)
        assert PartialState().mark == "mine"
    finally:
        PartialState._reset_state()
