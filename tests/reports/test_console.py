import io
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.ranking.utilities import Utilities
from leaderboard.ranking.weighted_ranking import rank
from leaderboard.reports.console import print_ranking, print_results, print_run, readable_results
from leaderboard.reports.formats import Format
from leaderboard.reports.ranking import readable_ranking
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.frames import empty_estimates, estimates_frame
from leaderboard.store.records import EstimateRecord
from leaderboard.store.repository import Store
from tests.synthetic.records import environment_record, evaluation_record

LONG = "SmolLM2-135M-Instruct"
REASON = "nothing was trained here, so that membership is unknown [see the documentation]"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db")
    run = store.start_run({}, environment_record())
    for model in (LONG, "tiny"):
        for axis in Axis:
            is_measured = axis is not Axis.PRIVACY
            status, reason = (Status.MEASURED, "") if is_measured else (Status.NOT_MEASURED, REASON)
            estimates = [
                EstimateRecord(
                    metric,
                    Estimate.measured(0.5, (0.41, 0.59), n=1234, method="Wilson 95 %")
                    if is_measured
                    else Estimate.not_measured(REASON),
                )
                for metric in METRICS.values()
                if metric.axis is axis
            ]
            recorded = evaluation_record(model, f"{axis}_of_movies", axis=axis, status=status, reason=reason)
            store.record(run, recorded, estimates, [])
    return store


@pytest.fixture
def frame(store) -> pd.DataFrame:
    return estimates_frame(store)


def printed(show, frame: pd.DataFrame, width: int) -> str:
    file = io.StringIO()
    show(frame, Console(file=file, width=width))
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_results_show_every_number_with_its_interval_unbroken(frame, width):
    text = printed(print_results, frame, width)
    assert max(map(len, text.splitlines())) <= width
    assert f"{LONG}/zero_shot" in text
    measured = [metric.name for metric in METRICS.values() if metric.axis is not Axis.PRIVACY]
    lines = [line.split() for line in text.splitlines() if "[" in line and "1234" in line]
    assert sorted(line[0] for line in lines) == sorted(2 * measured)
    assert "0.500 [0.410, 0.590]" in text


def test_parts_stand_below_their_metric_without_its_name(frame):
    row = frame[frame["metric"] == ACCURACY.name].iloc[[0]]
    parts = [row.assign(metric=f"{name}:{part}") for name in ("ood_accuracy", "accuracy") for part in ("zoo", "books")]
    lines = printed(print_results, pd.concat([*parts, row]), 80).splitlines()
    shown = [line.split("  0.500")[0].rstrip() for line in lines if line.startswith("   ") and line.strip()]
    assert shown == [
        "   ood_accuracy", "     zoo", "     books", "   accuracy", "     zoo", "     books",
    ]  # fmt: skip


def test_task_that_was_not_measured_at_all_says_why_once(frame):
    text = printed(print_results, frame, 100)
    assert text.count("not measured:") == 2  # once a subject
    assert "[see" in text  # brackets in a reason are no markup


def test_reasons_that_differ_are_all_told(frame):
    frame.loc[frame["metric"] == LEAK_AUC.name, "reason"] = "another"
    text = printed(print_results, frame[frame["model"] == "tiny"], 100)
    privacy = [metric.name for metric in METRICS.values() if metric.axis is Axis.PRIVACY]
    assert text.count("not measured:") == len(privacy)
    assert all(name in text for name in privacy)


@pytest.mark.parametrize("width", [80, 100])
def test_ranking_shows_score_bounds_and_every_axis(frame, width):
    weights = {axis: 0.0 for axis in Axis if axis is not Axis.ACCURACY}
    lines = printed(print_ranking, rank(frame, weights), width).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("tiny/" in line for line in lines) == 1
    row = next(line for line in lines if "tiny/" in line)
    best = rank(frame, weights).set_index("model").loc["tiny"]
    score, _, *axes = row.split()[2:]
    assert score == f"{best['score']:.2f}"
    assert axes == ["–" if pd.isna(best[axis]) else f"{best[axis]:.2f}" for axis in Axis]
    below = lines[lines.index(row) + 1]
    assert below.split(maxsplit=1)[0] == "zero_shot"
    assert f"[{best['score_low']:.2f}, {best['score_high']:.2f}]" in below


def test_above_a_bag_of_words_is_denied_where_it_is_known(frame):
    ranking = rank(frame).assign(above_bag_of_words=pd.array([False, pd.NA], dtype="boolean"))
    text = printed(print_ranking, ranking, 400)
    assert text.count("above bag of words: no") == 1
    assert "A bag of words is TF-IDF and logistic regression" in " ".join(text.split())
    assert readable_ranking(ranking)["note"].str.contains("above bag of words: no").sum() == 1
    assert "bag of words" not in printed(print_ranking, rank(frame), 200)


@pytest.mark.parametrize(
    ("is_measured", "expected"),
    [([pd.NA, pd.NA], 0), ([None, None], 0), ([True, None], 0), ([False, None], 1), ([False, True], 1)],
)
@pytest.mark.parametrize("dtype", ["boolean", "object"])
def test_above_chance_is_denied_only_where_it_is_known(frame, is_measured, expected, dtype):
    ranking = rank(frame).assign(above_chance=pd.array(is_measured, dtype=dtype))
    text = printed(print_ranking, ranking, 200)
    assert text.count("above chance: no") == expected
    assert text.count("*") == (2 if expected else 0)  # beside the subject, and what it means
    assert readable_ranking(ranking)["note"].str.contains("above chance").sum() == expected


def test_not_measured_says_why_instead_of_a_number(frame):
    shown = readable_results(frame)
    cells = shown.loc[shown["metric"] == LEAK_AUC.name, "value [95 % interval]"].tolist()
    assert cells == [f"not measured: {REASON}"] * 2
    assert set(shown.loc[shown["metric"] == ACCURACY.name, "n"]) == {"1234"}
    assert set(shown.loc[shown["metric"] == LEAK_AUC.name, "n"]) == {""}


def test_nothing_to_show_prints_nothing():
    assert printed(print_results, empty_estimates(), 80) == ""
    assert printed(print_ranking, rank(empty_estimates()), 80) == ""


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ([Axis.PRIVACY], "No ranking: of the 6 axes of other, none was measured.\n"),
        (
            [Axis.ACCURACY],
            "accuracy alone was measured.\n  To rank by it: leaderboard rank --task accuracy_of_movies\n",
        ),
        ([Axis.ACCURACY, Axis.PRIVACY], "accuracy alone was measured.\n"),
        ([Axis.ACCURACY, Axis.OOD], ""),
    ],
)
def test_a_run_prints_a_ranking_of_two_axes_or_more(store, axes, expected):
    identities = [evaluation_record("tiny", f"{axis}_of_movies").identity for axis in axes]
    outcomes = [SimpleNamespace(plan=SimpleNamespace(identity=identity), served=False) for identity in identities]
    file = io.StringIO()
    print_run(store, outcomes, Format.TABLE, Console(file=file, width=100))
    assert expected in file.getvalue()
    assert ("Ranking: " in file.getvalue()) == (not expected)
    assert ("No ranking" in file.getvalue()) == bool(expected)
    assert ("leaderboard rank --weight" in file.getvalue()) is not bool(expected)
    assert ("leaderboard observations" in file.getvalue()) is (axes != [Axis.PRIVACY])


def test_run_shows_its_own_evaluations_and_no_others(store):
    mine = evaluation_record("tiny", "accuracy_of_movies")
    outcomes = [SimpleNamespace(plan=SimpleNamespace(identity=mine.identity), served=False)]
    file = io.StringIO()
    print_run(store, outcomes, Format.TABLE, Console(file=file, width=100))
    assert "tiny/" in file.getvalue()
    assert LONG not in file.getvalue()
    assert "--store" not in file.getvalue()
    file = io.StringIO()
    print_run(store, outcomes, Format.TABLE, Console(file=file, width=100), option="--store sqlite:///x.db")
    assert "each with --store sqlite:///x.db" in file.getvalue()
    file = io.StringIO()
    print_run(store, outcomes, Format.JSON, Console(file=file))
    rows = json.loads(file.getvalue())
    assert {(row["subject"], row["task"]) for row in rows} == {("tiny/zero_shot", "accuracy_of_movies")}


def test_a_note_is_shown_below_the_heading_of_its_task(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/noted.db")
    run = store.start_run({}, environment_record())
    noted = evaluation_record("tiny", notes=("3 bad rows were dropped", "worse than chance"))
    estimate = Estimate.measured(0.5, (0.41, 0.59), n=1234, method="Wilson 95 %")
    store.record(run, noted, [EstimateRecord(ACCURACY, estimate)], [])
    lines = printed(print_results, estimates_frame(store), 100).splitlines()
    heading = next(number for number, line in enumerate(lines) if "sst2" in line)
    assert "3 bad rows were dropped; worse than chance" in lines[heading + 1]
    assert "accuracy" in lines[heading + 2]


def test_a_note_of_several_tasks_is_shown_once_and_counted(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/noted.db")
    run = store.start_run({}, environment_record())
    estimate = Estimate.measured(0.5, (0.41, 0.59), n=1234, method="Wilson 95 %")
    for task in ("sst2", "imdb"):
        noted = evaluation_record("tiny", task, notes=("rows one at a time", f"{task} is short"))
        store.record(run, noted, [EstimateRecord(ACCURACY, estimate)], [])
    shown = " ".join(printed(print_results, estimates_frame(store), 200).split())
    assert shown.count("rows one at a time") == 1
    assert "rows one at a time (2 of 2 tasks); " in shown
    assert "sst2 is short" in shown
    assert "imdb is short" in shown


def test_a_subject_whose_chance_level_is_unknown_is_not_marked():
    only = np.array(["tiny"], dtype=object)
    nothing = np.full((1, len(Axis)), np.nan)
    unknown = Utilities(only, only, only, nothing, nothing, nothing, above_chance=np.array([np.nan]))
    ranking = unknown.ranked()
    assert ranking["above_chance"].isna().all()
    assert "above chance" not in printed(print_ranking, ranking, 100)


def test_a_run_shows_parts_of_tasks_that_have_nothing_else(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/parts.db")
    run = store.start_run({}, environment_record())
    estimate = Estimate.measured(0.5, (0.41, 0.59), n=1234, method="Wilson 95 %")
    parts = {"lengths": ("32 tokens",), "sst2": ("", "positive")}
    records = {task: evaluation_record("tiny", task) for task in parts}
    for task, record in records.items():
        store.record(run, record, [EstimateRecord(ACCURACY, estimate, part) for part in parts[task]], [])
    outcomes = [
        SimpleNamespace(plan=SimpleNamespace(identity=each.identity), served=False) for each in records.values()
    ]
    file = io.StringIO()
    print_run(store, outcomes, Format.TABLE, Console(file=file, width=100))
    assert "32 tokens" in file.getvalue()
    assert "positive" not in file.getvalue()
