import shutil
from datetime import timedelta

import pytest

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import LATENCY_P50
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RunStatus
from tests.synthetic.records import NOON, environment_record, evaluation_record

THIRD = 1 / 3
"""A number whose decimals go on: only its shortest exact form is read back as the same."""
NASTY = '<b>100% of $x_1 & |y|</b> \\ `z` [a](b) ~ ^ {c} # "quoted" 你好 –'


def fill(store, *, names=("good", NASTY)) -> None:
    """Two models on accuracy, in parts, with what was seen; the first not measurable on privacy, and timed."""
    run = store.start_run(
        {"model": list(names), "suite": None, "limit": 200, "recipe": {"recipe": "auto"}}, environment_record()
    )
    for number, model in enumerate(names):
        accuracy = Estimate.measured(0.9 - number * THIRD, (0.1, 0.95), n=200, method="Wilson 95 %")
        part = Estimate.measured(0.1 + 0.2, None, n=7, method="exact")
        observations = [
            ("test-1", {"label": 1, "log_probabilities": [-0.1, -2.3e-17]}),
            ("test-0", {"label": 0, "note": "a|b\n"}),
        ]
        anchors = {"name": "sst2", "anchors": {"accuracy": {"worst": 0.5, "best": 1.0}}}
        recorded = evaluation_record(
            model, definition=anchors, limit=200, started_at=NOON + timedelta(microseconds=123456 * number)
        )
        records = [
            EstimateRecord(ACCURACY, accuracy),
            EstimateRecord(MCC, accuracy),
            EstimateRecord(ACCURACY, part, "x"),
        ]
        store.record(run, recorded, records, observations)
    reason = "nothing was trained here"
    members = evaluation_record(
        names[0],
        "members",
        axis=Axis.PRIVACY,
        status=Status.NOT_MEASURED,
        reason=reason,
        started_at=NOON + timedelta(minutes=1),
        notes=(NASTY,),
    )
    store.record(run, members, [EstimateRecord(LEAK_AUC, Estimate.not_measured(reason))], [])
    timed = evaluation_record(names[0], "timed", axis=Axis.LATENCY, started_at=NOON + timedelta(hours=1))
    latency = Estimate.measured(0.012, (0.011, 0.0125), n=50, method="order statistics 95 %")
    store.record(run, timed, [EstimateRecord(LATENCY_P50, latency)], [])
    store.end_run(run, RunStatus.FINISHED)


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory):
    """A filled store, for tests that only read it."""
    file = tmp_path_factory.mktemp("documents") / "filled.db"
    store = open_store(f"sqlite:///{file}")
    fill(store)
    store.close()
    return file


@pytest.fixture(scope="session")
def filled_store(filled_file):
    store = open_store(f"sqlite:///{filled_file}")
    yield store
    store.close()


@pytest.fixture
def empty_store(empty_file, tmp_path):
    shutil.copy(empty_file, tmp_path / "empty.db")
    store = open_store(f"sqlite:///{tmp_path}/empty.db")
    yield store
    store.close()
