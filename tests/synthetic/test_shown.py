import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.protocol import Observation
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.gates import gate_runs
from leaderboard.store.records import Verdict
from leaderboard.tasks import default_catalogue, protocol_of
from tests.synthetic.shown import GATE, NOT_MEASURED, write_shown


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('shown')}/shown.db")
    write_shown(store, {"large": 0.8, "tiny": 0.4})
    yield store
    store.close()


@pytest.mark.slow
def test_every_axis_has_estimates_and_what_was_not_asked_says_why(shown):
    frame = estimates_frame(shown)
    assert set(frame["axis"]) == set(Axis)
    absent = frame[(frame["subject"] == "tiny/zero_shot") & (frame["task"] == "crows_pairs_demo")]
    assert set(absent["reason"]) == {NOT_MEASURED["tiny", "crows_pairs_demo"]}
    assert absent["value"].isna().all()


def test_estimates_of_answers_are_those_of_the_answers(shown):
    observations = [Observation(each.example_id, each.data) for each in shown.observations("tiny", "movies")]
    (accuracy,) = [
        each.estimate.value
        for each in protocol_of(default_catalogue().task("movies")).estimate(observations)
        if each.metric.name == "accuracy"
    ]
    frame = estimates_frame(shown, metrics=["accuracy"])
    assert frame.loc[frame["subject"] == "tiny/zero_shot", "value"].tolist() == [accuracy]


def test_a_gate_ends_in_each_verdict(shown):
    assert [run.verdict for run in gate_runs(shown)] == [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS]
    assert {run.gate for run in gate_runs(shown)} == {GATE}
