import pytest
import torch
from accelerate.state import PartialState
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from leaderboard.errors import RequestError
from leaderboard.recipes.training import acceleration
from leaderboard.recipes.training.acceleration import Trackers, check_trackers
from leaderboard.recipes.training.loop import train
from leaderboard.recipes.training.settings import TrainingSettings

SETTINGS = TrainingSettings(learning_rate=3e-3, batch_size=4, epochs=3)


def log_with(module, objective, folder, *trackers):
    told = Trackers(trackers, folder / "logs")
    return train(module, objective, SETTINGS, folder=folder, device=torch.device("cpu"), seed=0, trackers=told)


def test_tensorboard_is_told_loss_rate_and_score(fresh, sentiment, tmp_path):
    log = log_with(fresh(), sentiment, tmp_path, "tensorboard")
    events = EventAccumulator(str(tmp_path / "logs" / "training"))
    events.Reload()
    # Twelve steps: a look behind each epoch of four, and one behind the tenth step.
    assert [event.step for event in events.Scalars("loss")] == [4, 8, 10, 12]
    assert events.Scalars("loss")[0].value == pytest.approx(log.losses[0])
    assert [event.value for event in events.Scalars("search_loss")] == pytest.approx(list(log.search_losses))
    assert [event.value for event in events.Scalars("search_accuracy")] == pytest.approx(list(log.search_scores))
    assert events.Scalars("learning_rate")[-1].value == pytest.approx(0, abs=1e-9)


def test_unknown_tracker_is_named_with_those_that_are_known(fresh, sentiment, tmp_path):
    with pytest.raises(RequestError, match=r"unknown tracker 'tensorbord'(.|\n)*Did you mean 'tensorboard'"):
        log_with(fresh(), sentiment, tmp_path, "tensorbord")


def test_tracker_that_is_not_installed_is_told_how_to_get(fresh, sentiment, tmp_path, monkeypatch):
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
