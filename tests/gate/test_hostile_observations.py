"""A gate over observations that somebody else wrote: it never passes on what is left of them."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leaderboard.errors import LeaderboardError
from leaderboard.gate.evidence import Case
from leaderboard.gate.judge import judge
from leaderboard.store.database import open_store
from leaderboard.store.records import Verdict
from leaderboard.store.results import results_of
from tests.synthetic.shown import write_shown


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("gates") / "written.db"
    store = open_store(f"sqlite:///{file}")
    write_shown(store, {"large": 0.8, "small": 0.5})
    store.close()
    return file


def verdict(gate, file) -> Verdict:
    store = open_store(f"sqlite:///{file}")
    try:
        case = Case(results_of(store, "large/zero_shot"), results_of(store, "small/zero_shot"))
        return judge(gate, case, called="small", at=datetime.now(UTC)).verdict
    finally:
        store.close()


def put(file, data) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE observation SET data = ? WHERE position = 0", [data])


@pytest.fixture
def gate(gate_file):
    return gate_file("rules:\n  - accuracy.movies.accuracy >= baseline - 0.9\n")


def test_honest_observations_pass(gate, tmp_path, written):
    assert verdict(gate, shutil.copy(written, tmp_path / "s.db")) is Verdict.PASS


def test_observations_that_no_protocol_writes_are_inconclusive(gate, tmp_path, written):
    file = shutil.copy(written, tmp_path / "s.db")
    put(file, '{"label": 7, "log_probabilities": [null]}')
    assert verdict(gate, file) is Verdict.INCONCLUSIVE


def test_observations_that_are_no_json_are_an_error(gate, tmp_path, written):
    file = shutil.copy(written, tmp_path / "s.db")
    put(file, '{"label": NaN}')
    with pytest.raises(LeaderboardError, match="damaged"):
        verdict(gate, file)
