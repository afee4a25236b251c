from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leaderboard.axes.catalogue import ACCURACY, LEAK_AUC, MCC
from leaderboard.axes.metric import Axis
from leaderboard.cli.main import app
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RunStatus
from leaderboard.testing.records import environment_record, evaluation_record


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int


@pytest.fixture
def leaderboard(monkeypatch, tmp_path):
    """Calls the program in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("LEADERBOARD_DEBUG", raising=False)

    def call(*arguments: str) -> Said:
        result = CliRunner().invoke(app, list(arguments), prog_name="leaderboard")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.stdout, result.stderr, result.exit_code)

    return call


@pytest.fixture
def filled(tmp_path, monkeypatch) -> Path:
    """A store with two models: `good` measured on accuracy and not measurable on privacy, `poor` on accuracy."""
    file = tmp_path / "filled.db"
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{file}")
    store = open_store(f"sqlite:///{file}")
    run = store.start_run({}, environment_record())
    for model, value in (("good", 0.9), ("poor", 0.6)):
        accuracy = Estimate.measured(value, (value - 0.05, value + 0.05), n=200, method="Wilson 95 %")
        mcc = Estimate.measured(2 * value - 1, None, n=200, method="exact")
        seen = [("test-0", {"label": 1, "log_probabilities": [-0.5, -0.9]}), ("test-1", {"label": 0, "note": "a|b"})]
        anchors = {"anchors": {"accuracy": {"worst": 0.5, "best": 1.0}}}
        recorded = evaluation_record(model, definition=anchors)
        store.record(run, recorded, [EstimateRecord(ACCURACY, accuracy), EstimateRecord(MCC, mcc)], seen)
    reason = "nothing was trained here"
    privacy = evaluation_record(
        "good", "members", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason=reason, definition={"anchors": {}}
    )
    store.record(run, privacy, [EstimateRecord(LEAK_AUC, Estimate.not_measured(reason))], [])
    store.end_run(run, RunStatus.FINISHED)
    store.close()
    return file
