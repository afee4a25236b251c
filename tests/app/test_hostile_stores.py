"""The board on stores that somebody else wrote: one message in place, no exception, no waiting."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from leaderboard.board.translations import Language, catalogue
from leaderboard.store.database import open_store
from tests.synthetic.board import shown
from tests.synthetic.shown import write_shown


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("hostile") / "written.db"
    store = open_store(f"sqlite:///{file}")
    write_shown(store, {"large": 0.8, "small": 0.5})
    store.close()
    return file


def title(state):
    return catalogue()[f"opening.{state}.title"][Language.ENGLISH]


@pytest.mark.slow_after(3)
@pytest.mark.parametrize(
    ("state", "statement", "message"),
    [
        ("broken", "UPDATE estimate SET value = 'abc' WHERE value IS NOT NULL", "value is not a finite number"),
        ("broken", "UPDATE task SET definition = '[1'", "definition: line 1"),
        ("broken", "UPDATE evaluation SET started_at = '99999-01-01'", "started_at is not a time"),
        (
            "foreign",
            "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
            "a view named 'more'",
        ),
    ],
)
@pytest.mark.parametrize("page", ["", "search"])
def test_a_hostile_store_is_told_on_the_page(monkeypatch, tmp_path, written, page, state, statement, message):  # noqa: PLR0917 - a case
    file = shutil.copy(written, tmp_path / "board.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
    drawn = shown(monkeypatch, f"sqlite:///{file}", page)
    assert drawn.subheader[0].value == title(state)
    assert message in drawn.code[0].value


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_place_of_a_store_is_not_waited_for(monkeypatch, tmp_path):
    os.mkfifo(tmp_path / "board.db")
    drawn = shown(monkeypatch, f"sqlite:///{tmp_path}/board.db")
    assert drawn.subheader[0].value == title("foreign")


def test_observations_that_no_protocol_writes_are_told_on_their_card(monkeypatch, tmp_path, written):
    file = shutil.copy(written, tmp_path / "board.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("""UPDATE observation SET data = '{"label": 0, "log_probabilities": [null, "x"]}'""")
    drawn = shown(monkeypatch, f"sqlite:///{file}", "subject", subject="large/zero_shot", view="answers")
    assert any("not in the format of its protocol" in each.value for each in drawn.code)
