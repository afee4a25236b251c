from leaderboard.axes.accuracy import ACCURACY, CLASS_REPORT, MCC
from leaderboard.axes.accuracy.classification import Classification
from leaderboard.axes.accuracy.report import estimate_class_report, example_class_counts
from leaderboard.axes.protocol import Measurement
from leaderboard.evaluation.runner import Measured, estimate_records
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion


def measured(status=Status.MEASURED, reason=""):
    of_classes = estimate_class_report(*example_class_counts(["a", "b"], ["a", "a"]), independent=True)
    whole = [Measurement(metric, proportion(1, 2)) for metric in (ACCURACY, MCC)]
    return Measured(status, reason, [*whole, *of_classes], [])


def test_the_report_of_classes_is_kept_whatever_a_task_asks_for():
    kept = estimate_records(["accuracy"], measured(), Classification.reported)
    assert [record.metric for record in kept if not record.part] == [ACCURACY]
    assert {(record.metric, record.part) for record in kept if record.part} == {
        (metric, part) for metric in CLASS_REPORT for part in ("a", "b", "micro avg", "macro avg", "weighted avg")
    }


def test_a_protocol_that_reports_nothing_keeps_what_was_asked_for():
    assert [record.metric for record in estimate_records(["accuracy"], measured())] == [ACCURACY]


def test_what_was_not_measured_has_no_report():
    kept = estimate_records(["accuracy"], measured(Status.NOT_MEASURED, "no classifier"), Classification.reported)
    assert [(record.metric, record.estimate.reason) for record in kept] == [(ACCURACY, "no classifier")]
