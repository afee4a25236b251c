from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.evaluation.events import AxisNotDerived, ModelRefused
from leaderboard.reports.run_progress import RunProgress


def work(progress: RunProgress):
    return progress._progress.tasks[progress._work]


def test_bar_goes_on_while_only_what_it_says_of_itself_changes():
    progress = RunProgress()
    progress.advance("training", 32, 96)
    progress.advance("training · loss 0.412", 32, 96)
    assert work(progress).completed == 64
    assert work(progress).description == "training · loss 0.412"


def test_bar_begins_anew_for_other_work():
    progress = RunProgress()
    progress.advance("training · loss 0.412", 32, 96)
    progress.advance("classifying", 8, 96)
    assert work(progress).completed == 8


def test_bar_begins_anew_when_the_same_work_is_done_again():
    progress = RunProgress()
    progress.advance("training", 96, 96)
    progress.advance("training", 32, 96)
    assert work(progress).completed == 32


def test_time_that_remains_is_reported():
    shown = [type(column).__name__ for column in RunProgress()._progress.columns]
    assert "TimeRemainingColumn" in shown


def test_what_is_left_out_is_said_before_any_bar(capsys):
    progress = RunProgress()
    progress(AxisNotDerived(Axis.OOD, "there is no other distribution"))
    progress(ModelRefused("./bad", RequestError("./bad: no such folder")))
    assert capsys.readouterr().err.splitlines() == [
        "not derived: ood: there is no other distribution",
        "failed: ./bad: no such folder",
    ]
    assert not progress.planned
