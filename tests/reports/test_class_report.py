import io
import json
from types import SimpleNamespace

import pandas as pd
import pytest
from rich.console import Console

from leaderboard.axes.accuracy import ACCURACY, CLASS_REPORT, F1
from leaderboard.axes.accuracy.report import estimate_class_report, example_class_counts
from leaderboard.axes.axis import Axis
from leaderboard.reports.class_report import class_report, class_reports, readable_report, report_table
from leaderboard.reports.console import print_run
from leaderboard.reports.formats import Format, records
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import environment_record, evaluation_record

LONG = "SmolLM2-135M-Instruct-of-a-very-long-name"
TRUE, PREDICTED = ["no"] * 50 + ["maybe"] * 4 + ["yes"] * 46, ["no"] * 45 + ["yes"] * 55
EVALUATION = evaluation_record(LONG, "answers")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db")
    run = store.start_run({}, environment_record())
    classes = [
        EstimateRecord(part_estimate.metric, part_estimate.estimate, part_estimate.part)
        for part_estimate in estimate_class_report(*example_class_counts(TRUE, PREDICTED), independent=True)
    ]
    store.record(run, EVALUATION, [EstimateRecord(ACCURACY, proportion(91, 100)), *classes], [])
    written = Estimate.measured(0.5, (0.4, 0.6), n=9, method="Wilson 95 %")
    others = [EstimateRecord(F1, written), EstimateRecord(F1, written, "first")]
    store.record(run, evaluation_record(LONG, "written", axis=Axis.ACCURACY), others, [])
    return store


@pytest.fixture
def report_frame(store):
    return class_report(estimates_frame(store, evaluations=[EVALUATION.identity]))


def text_of(renderable, width=80):
    file = io.StringIO()
    Console(file=file, width=width).print(renderable)
    return file.getvalue()


def test_classes_stand_in_order_and_averages_behind_them(report_frame):
    assert report_frame["class"].tolist() == ["maybe", "no", "yes", "micro avg", "macro avg", "weighted avg"]
    assert report_frame["support"].tolist() == [4, 50, 46, 100, 100, 100]


def test_every_value_has_its_interval(report_frame):
    (no,) = (row for row in records(report_frame) if row["class"] == "no")
    assert (no["precision"], no["recall"]) == (1.0, 0.9)
    assert (no["recall_low"], no["recall_high"]) == pytest.approx((0.78640, 0.95652), abs=1e-5)
    assert no["f1_low"] < no["f1"] < no["f1_high"]
    assert no["reason"] == ""


def test_what_is_undefined_is_missing_and_says_why(report_frame):
    (maybe,) = (row for row in records(report_frame) if row["class"] == "maybe")
    assert (maybe["precision"], maybe["precision_low"], maybe["recall"]) == (None, None, 0.0)
    assert maybe["reason"] == "precision: 0/0: nothing was predicted to be of it"


def test_an_f1_of_parts_is_no_report_of_classes(store):
    assert [title for title, _ in class_reports(estimates_frame(store))] == [f"{LONG}/zero_shot · answers"]


def test_nothing_has_no_report(store):
    frame = estimates_frame(store, metrics=[ACCURACY.name])
    assert class_report(frame).empty
    assert list(class_reports(frame.iloc[:0])) == []


def test_the_table_fits_a_narrow_terminal(report_frame):
    text = text_of(report_table(report_frame, "title"))
    assert max(map(len, text.splitlines())) <= 80
    lines = [line.strip() for line in text.splitlines()]
    maybe = next(line.split() for line in lines if line.startswith("maybe"))
    assert (maybe[:4], maybe[-1]) == (["maybe", "–", "0.000", "0.000"], "4")
    no = next(line for line in lines if line.startswith("no "))
    assert no.split()[1:4] == ["1.000", "0.900", "0.947"]
    assert no.split()[-1] == "50"
    assert "]" in no
    assert lines.index(no) < next(number for number, line in enumerate(lines) if line.startswith("macro avg"))


def test_names_of_classes_are_no_markup():
    assert "[bold]" in text_of(report_table(class_report_of(["[bold]", "x"]), "title"))


def class_report_of(names):
    values = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 7, "status": "measured", "reason": ""}
    rows = [{"metric": f"{metric.name}:{name}", **values} for metric in CLASS_REPORT for name in names]
    return class_report(pd.DataFrame(rows))


def test_as_texts_every_value_stands_beside_its_interval(report_frame):
    shown = readable_report(report_frame).set_index("class")
    assert shown.loc["no", "recall [95 % interval]"] == "0.900 [0.786, 0.957]"
    assert shown.loc["maybe", "precision [95 % interval]"] == "–"


def test_a_run_prints_one_report_for_each_evaluation_of_classes(store):
    outcomes = [SimpleNamespace(plan=SimpleNamespace(identity=EVALUATION.identity), served=False)]
    file = io.StringIO()
    print_run(store, outcomes, Format.TABLE, Console(file=file, width=80))
    output = file.getvalue()
    assert output.count("weighted avg") == 1
    assert "precision:no" not in output
    assert output.index("accuracy") < output.index("weighted avg") < output.index("No ranking")
    file = io.StringIO()
    print_run(store, outcomes, Format.JSON, Console(file=file))
    assert "precision:no" in {row["metric"] for row in json.loads(file.getvalue())}
