"""Runs over seeds: one row, the same evaluations as alone, and what is refused."""

import numpy as np
import pytest

from leaderboard import Leaderboard
from leaderboard.errors import RequestError
from leaderboard.stats.seed_spread import ONE_SEED
from tests.synthetic.tasks import small_task


@pytest.fixture
def small(tmp_path):
    return small_task(tmp_path / "tasks")


@pytest.fixture
def board(tmp_path):
    return Leaderboard(tmp_path / "store.db")


def test_a_run_over_seeds_is_one_row_and_each_seed_is_measured_once(board, small, encoder_folder):
    alone = board.run(encoder_folder, tasks=small, recipe="probe", seed=1, device="cpu")
    result = board.run(encoder_folder, tasks=small, recipe="probe", seeds=[0, 1], device="cpu")
    assert [outcome.served for outcome in result.outcomes] == [False, True]
    frame = result.frame
    assert frame["subject"].unique().tolist() == ["tiny-encoder/probe(small) (2 seeds)"]
    assert frame["seeds"].unique().tolist() == ["0, 1"]
    again = board.run(encoder_folder, tasks=small, recipe="probe", seed=0, device="cpu")
    assert again.outcomes[0].served
    values = [one.frame.set_index("metric").loc["accuracy", "value"] for one in (again, alone)]
    accuracy = frame.set_index("metric").loc["accuracy"]
    assert accuracy["value"] == pytest.approx(np.mean(values))
    assert accuracy["seed_sd"] == pytest.approx(np.std(values, ddof=1))
    stored = board._store.filled().evaluations()
    assert sorted(each.seed for each in stored) == [0, 1]
    only = board.run(encoder_folder, tasks=small, recipe="probe", seeds=[1], device="cpu")
    assert only.frame["subject"].unique().tolist() == ["tiny-encoder/probe(small) (1 seed)"]
    assert only.frame["seed_sd"].isna().all()


def test_a_recipe_that_trains_nothing_is_refused_over_seeds(board, small, encoder_folder):
    with pytest.raises(RequestError, match=r"recipe zero_shot of tiny-encoder/.* does not depend on a seed"):
        board.run(encoder_folder, tasks=small, recipe="zero_shot", seeds=[0, 1], device="cpu")
    assert board.empty_because


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"seeds": [0, 0]}, "a seed comes twice"),
        ({"seeds": [0, -1]}, "seeds: -1 is not a whole number between 0"),
        ({"seeds": 3}, "seeds: 3 is not a list of whole numbers"),
        ({"seeds": "01"}, "seeds: '0' is not a whole number"),
        ({"seeds": [0, 1], "seed": 2}, "seeds cannot be combined with seed"),
    ],
)
def test_wrong_seeds_are_refused(board, small, encoder_folder, words, message):
    with pytest.raises(RequestError, match=message):
        board.run(encoder_folder, tasks=small, recipe="probe", device="cpu", **words)


def test_one_seed_says_so(board, small, encoder_folder):
    from leaderboard.reports.over_seeds import seeds_remark

    frame = board.run(encoder_folder, tasks=small, recipe="probe", seeds=[3], device="cpu").frame
    assert seeds_remark(frame) == ONE_SEED
