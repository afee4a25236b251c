import numpy as np
import pandas as pd
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.board.downloads import csv_of, parquet_of
from leaderboard.board.frames import leaderboard as frames
from leaderboard.board.frames import trade_offs
from leaderboard.board.frames.measures import Measure, measures
from leaderboard.board.frames.tasks import anchors, metrics, sources, uses
from leaderboard.board.weight_sliders import PRESETS, Preset, matching
from leaderboard.errors import RequestError
from leaderboard.ranking.utilities import Utilities
from leaderboard.store.database import open_store
from tests.synthetic.shown import write_shown

SUBJECTS = ["a", "b", "c", "d"]


def utilities_of(values):
    numbers = np.array(values, dtype=float)
    names = np.array(SUBJECTS[: len(numbers)], dtype=object)
    facts = pd.DataFrame(
        {"model": "m", "recipe": "r", "capability": "causal", "device": "cpu", "size": 1.0}, index=pd.Index(names)
    )
    headlines = pd.DataFrame(columns=["subject", "axis", "task", "metric", "value", "low", "high", "unit", "reason"])
    return frames.Board(Utilities(names, names, names, numbers, numbers, numbers), facts, headlines)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('frames')}/board.db")
    write_shown(store, {"good": 0.8, "small": 0.5, "tiny": 0.4})
    yield store
    store.close()


@pytest.fixture(scope="module")
def board(store):
    return frames.board(store)


def test_facts_stand_in_the_order_of_the_utilities(board):
    assert board.facts.index.tolist() == board.utilities.subjects.tolist()
    assert board.facts["device"].eq("cpu").all()


def test_every_word_must_be_found_however_spelled(board):
    kept = frames.filter_mask(board, frames.Filters(words="GOOD cpu"))
    assert [name.partition("/")[0] for name in board.facts.index[kept]] == ["good"]


def test_words_are_no_pattern(board):
    assert not frames.filter_mask(board, frames.Filters(words=".*")).any()


def test_what_was_not_measured_does_not_reach_a_least_utility():
    shown = utilities_of([[0.5] * 6, [np.nan] * 6])
    assert frames.filter_mask(shown, frames.Filters(minimum={Axis.BIAS: 0.5})).tolist() == [True, False]
    assert frames.filter_mask(shown, frames.Filters(minimum={Axis.BIAS: 0.0})).tolist() == [True, True]


def test_layers_count_only_axes_that_have_a_weight():
    shown = utilities_of([[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [np.nan, 1, 0, 0, 0, 0]])
    alone = frames.pareto_layers(shown, dict.fromkeys(Axis, 0.0) | {Axis.ACCURACY: 2.0})
    assert alone[:2].tolist() == [1.0, 2.0]
    assert np.isnan(alone[2])


def test_conditions_on_axes_and_metrics_leave_out_with_reasons(store, board):
    out = frames.left_out(store, board, ["privacy >= 0", "movies.accuracy >= 2 %".replace("movies", "accuracy.movies")])
    assert {name.partition("/")[0] for name in out} == {"small"}
    assert all("not measured" in reason for reason in out.values())


def test_a_condition_with_a_baseline_is_refused(store, board):
    with pytest.raises(RequestError, match="baseline"):
        frames.left_out(store, board, ["accuracy >= baseline"])


def test_intervals_and_reasons_stand_behind_their_axes(board):
    rows = frames.with_intervals(board.utilities.ranked({}), board).set_index("subject")
    small = rows.filter(like="small/", axis=0).iloc[0]
    assert small["privacy_cell"] == "– nothing was trained here"
    assert "– [" not in small["accuracy_cell"]


def test_details_of_nobody_are_none(board):
    assert frames.details(board, []).empty


def test_files_hold_every_number_exactly(board, tmp_path):
    table = frames.with_facts(board.utilities.ranked({}), board, frames.pareto_layers(board, {}))
    (tmp_path / "t.parquet").write_bytes(parquet_of(table))
    (tmp_path / "t.csv").write_bytes(csv_of(table))
    ranked = table["score"].dropna().tolist()
    assert len(ranked) == 1
    assert pd.read_parquet(tmp_path / "t.parquet")["score"].dropna().tolist() == ranked
    assert pd.read_csv(tmp_path / "t.csv", float_precision="round_trip")["score"].dropna().tolist() == ranked


@pytest.mark.parametrize("preset", PRESETS)
def test_the_weights_of_a_preset_are_known_again(preset):
    assert matching({axis: PRESETS[preset].get(axis, 1.0) for axis in Axis}) is preset


def test_other_weights_are_ones_own():
    assert matching(dict.fromkeys(Axis, 3.5)) is Preset.CUSTOM


def test_the_front_is_what_nobody_beats_on_both(store):
    shown = utilities_of(
        [[0.9, 0.1, 0, 0, 0, 0], [0.1, 0.9, 0, 0, 0, 0], [0.1, 0.1, 0, 0, 0, 0], [0.5, np.nan, 0, 0, 0, 0]]
    )
    points = trade_offs.points(store, shown, Measure(Axis.ACCURACY), Measure(Axis.OOD))
    assert points["front"].to_dict() == {"a": True, "b": True, "c": False}


def test_the_border_steps_through_what_is_dominated():
    points = pd.DataFrame({"x": [0.9, 0.1, 0.1], "y": [0.1, 0.9, 0.1], "front": [True, True, False]})
    steps = trade_offs.border(points, Measure(Axis.ACCURACY), Measure(Axis.OOD))
    assert list(zip(steps["x"], steps["y"], strict=True)) == [(0.9, 0.1), (0.1, 0.1), (0.1, 0.9)]


def test_lower_is_better_where_the_metric_says_so(store, board):
    speed = next(each for each in measures(store) if each.metric == "latency_p95")
    points = trade_offs.points(store, board, speed, Measure(Axis.ACCURACY))
    assert points["front"][points["x"].idxmin()]


def test_dominance_is_certain_between_exact_points(store):
    shown = utilities_of([[0.9] * 6, [0.1] * 6])
    table = trade_offs.dominance(store, shown, ["a", "b"], [Measure(Axis.ACCURACY), Measure(Axis.BIAS)])
    assert table.to_numpy().tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_profiles_break_where_nothing_was_measured():
    rows = trade_offs.profiles(utilities_of([[0.9, np.nan, 0.5, 0.5, 0.5, 0.5]]), ["a"])
    assert rows["value"].isna().tolist() == [False, True, False, False, False, False]


def test_metrics_are_found_by_what_is_said_of_them():
    assert metrics([Axis.PRIVACY], "yeom auc")["axis"].unique().tolist() == ["privacy"]
    assert metrics(words="no metric says this").empty


def test_sources_say_what_pins_them():
    location = {"pypi": "x==1", "path": "a.txt", "archive_sha256": "abc"}
    row = sources({"data": {"splits": {"test": {"source": {"locations": [location], "sha256": "def"}}}}}).iloc[0]
    assert row["from"] == "pypi: x==1"
    assert row["pinned"] == "sha256 def; archive_sha256 abc; pypi x==1"
    assert sources({}).empty


def test_anchors_are_those_of_the_task():
    row = anchors({"metrics": ["accuracy"], "anchors": {"accuracy": {"worst": 0.5, "best": 1.0}}}).iloc[0]
    assert (row["worst"], row["best"], row["better"]) == (0.5, 1.0, "↑")


def test_uses_are_the_evaluations_newest_first(store):
    points = uses(store, "movies")
    assert len(points) == 4  # one subject is measured again a day later
    assert points["started_at"].is_monotonic_decreasing
