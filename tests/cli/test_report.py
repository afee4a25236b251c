import csv
import io
import json

import pytest

from leaderboard.axes.accuracy.report import estimate_class_report, example_class_counts
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import environment_record, evaluation_record


@pytest.fixture
def reported(filled):
    store = open_store(f"sqlite:///{filled}")
    run = store.start_run({}, environment_record())
    measured = estimate_class_report(*example_class_counts(["no", "no", "yes"], ["no", "yes", "yes"]), independent=True)
    estimates = [EstimateRecord(estimate.metric, estimate.estimate, estimate.part) for estimate in measured]
    store.record(run, evaluation_record("good", "answers"), estimates, [])
    store.close()


@pytest.mark.usefixtures("reported")
def test_a_report_has_a_row_a_class_and_an_average(leaderboard):
    rows = json.loads(leaderboard("report", "good", "answers", "--format", "json").out)
    assert [row["class"] for row in rows] == ["no", "yes", "micro avg", "macro avg", "weighted avg"]
    assert (rows[0]["precision"], rows[0]["recall"], rows[0]["support"]) == (1.0, 0.5, 2)
    assert list(csv.DictReader(io.StringIO(leaderboard("report", "good", "answers", "--format", "csv").out)))
    assert "| yes | 0.500 [" in leaderboard("report", "good", "answers", "--format", "markdown").out
    assert "good/zero_shot · answers" in leaderboard("report", "good", "answers").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("good", "sst2"), "no report of classes on task 'sst2' (protocol 'classification')"),
        (("good", "members"), "was not measured on task 'members': nothing was trained here"),
        (("god/zero_shot", "sst2"), "Did you mean 'good/zero_shot'?"),
        (("good", "sst3"), "Did you mean 'sst2'?"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_what_has_no_report_says_why(leaderboard, arguments, message):
    result = leaderboard("report", *arguments)
    assert result.status == 2
    assert message in result.err
    assert result.out == ""


def test_a_report_without_a_store_says_what_to_do(leaderboard, tmp_path):
    result = leaderboard("report", "good", "sst2")
    assert result.status == 2
    assert "leaderboard run --model" in result.err
    assert list(tmp_path.iterdir()) == []
