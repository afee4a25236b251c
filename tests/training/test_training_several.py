"""Several processes, on CPUs: what differs on GPUs is the device alone."""

import multiprocessing
from functools import partial

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from leaderboard.backends.local.engine.engine import silent
from leaderboard.data.examples import TextExample
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.testing.models import SENTENCES
from leaderboard.training.distributed import _collect, train_on
from leaderboard.training.objectives.classification import ClassificationObjective
from leaderboard.training.settings import TrainingSettings

CPU = torch.device("cpu")
SETTINGS = TrainingSettings(learning_rate=3e-3, batch_size=5, accumulation=2, epochs=2, label_smoothing=0.1)


LOAD = AutoModelForSequenceClassification.from_pretrained


@pytest.fixture
def objective(texts):
    # Eleven rows: batches of 5, 5 and 1, of which the second process gets 2, 2 and none.
    texts_of = [" ".join(sentence.split()[:length]) for length in (3, 8) for sentence in SENTENCES][:11]
    rows = [TextExample(id=str(n), text=text, label=n % 2) for n, text in enumerate(texts_of)]
    return ClassificationObjective(texts, 2, rows, rows)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(headed_folder, objective, tmp_path):
    progress_calls = []
    options = {"seed": 3, "progress": lambda *call: progress_calls.append(call)}
    job = partial(LOAD, headed_folder), objective, SETTINGS
    alone, log_alone = train_on([CPU], *job, folder=tmp_path / "one", seed=3)
    together, log = train_on([CPU, CPU], *job, folder=tmp_path / "two", **options)
    assert log.processes == 2
    assert sum(done for _, done, _ in progress_calls) == 22
    assert log.losses == pytest.approx(log_alone.losses, abs=1e-5)
    assert log.search_losses == pytest.approx(log_alone.search_losses, abs=1e-5)
    assert log.search_scores == log_alone.search_scores
    for (name, one), other in zip(alone.named_parameters(), together.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5), name
    assert list((tmp_path / "two").iterdir()) == []
    assert not together.training


@pytest.fixture
def connections():
    """Two connections between processes: the receiving ends, and the sending ones."""
    pairs = [multiprocessing.Pipe(duplex=False) for _ in range(2)]
    yield [receiver for receiver, _ in pairs], [sender for _, sender in pairs]
    for end in (end for pair in pairs for end in pair):
        end.close()


def test_failure_of_a_process_is_raised_unchanged(connections):
    receivers, senders = connections
    senders[1].send(LeaderboardError("training diverged at step 3"))
    with pytest.raises(LeaderboardError, match="training diverged at step 3"):
        _collect(receivers, silent)


def test_death_of_a_process_is_an_error(connections):
    receivers, senders = connections
    senders[0].close()
    with pytest.raises(LeaderboardError, match="a process of the training was killed"):
        _collect(receivers, silent)


def test_devices_of_two_kinds_are_refused(headed_folder, objective, tmp_path):
    with pytest.raises(RequestError, match="name CPUs or GPUs, not both"):
        train_on(
            [CPU, torch.device("cuda:0")],
            partial(LOAD, headed_folder),
            objective,
            SETTINGS,
            folder=tmp_path,
            seed=0,
        )
