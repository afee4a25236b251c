import numpy as np
import pytest
import torch

from leaderboard.data.examples import TextExample
from leaderboard.training.encoding import Encoder
from leaderboard.training.objectives.multitask import MultitaskObjective, TaskExamples
from leaderboard.training.steps.multitask import counts, draw


def test_an_exponent_of_one_draws_every_example_once():
    assert sorted(draw([5, 20], 1.0, np.random.default_rng(0))) == list(range(25))


def test_counts_follow_the_power_of_the_sizes():
    assert counts([100, 400], 0.5) == [167, 333]
    assert counts([100, 400], 0.0) == [250, 250]


def test_no_example_is_repeated_before_all_of_its_task_were_drawn():
    indices = draw([4, 16], 0.0, np.random.default_rng(0))
    times = np.bincount(indices, minlength=20)
    assert times[:4].sum() == times[4:].sum() == 10
    assert set(times[:4].tolist()) == {2, 3}
    assert times[4:].max() == 1


@pytest.fixture
def objective(encoder):
    def texts(name, labels):
        return [TextExample(id=f"{name}-{i}", text=f"{name} {i}", label=label) for i, label in enumerate(labels)]

    tasks = [
        TaskExamples("one", ("a", "b"), texts("one", [0, 1])),
        TaskExamples("two", ("x", "y", "z"), texts("two", [2, 0, 1])),
    ]
    return MultitaskObjective(Encoder.of(encoder, 16), tasks, texts("search", [1]))


def test_each_example_is_scored_by_the_classes_of_its_own_task(objective):
    logits = torch.tensor([[0.0, 0.0, 9.0, 9.0, 9.0], [9.0, 9.0, 0.0, 0.0, np.log(2)]])
    batch = objective.collate([objective.rows[0], objective.rows[2]])
    assert float(objective.loss(logits, batch)) == pytest.approx(np.log(2) + np.log(2), abs=1e-6)
    assert objective.predict(logits, batch)[1] == (2,)
    assert objective.outputs == 5


def test_the_search_split_is_that_of_the_first_task(objective):
    logits = torch.tensor([[0.0, 1.0, 9.0, 9.0, 9.0]])
    assert objective.predict(logits, objective.collate(objective.search)) == [(1,)]
