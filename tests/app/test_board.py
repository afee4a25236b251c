"""The frame around every page, and what it says where the store cannot be read."""

import sqlite3
from contextlib import closing

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.board.translations import Language, catalogue
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.board import shown
from tests.synthetic.records import environment_record, evaluation_record

EVIL = "<b>x</b> & [link](http://e) **y** $z$ :red[q]"


def translated(key, language=Language.ENGLISH):
    return catalogue()[key][language]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/board.db"


@pytest.fixture
def store(url):
    store = open_store(url)
    run = store.start_run({}, environment_record())
    for model, right in (("worse", 60), ("better", 90)):
        store.record(run, evaluation_record(model), [EstimateRecord(ACCURACY, proportion(right, 100))], [])
    return store


def test_an_address_names_the_language(monkeypatch, url, store):
    assert [title.value for title in shown(monkeypatch, url, lang="zh").title] == ["排行榜"]


@pytest.mark.slow
def test_the_language_is_switched_and_kept_in_the_address(monkeypatch, url, store):
    page = shown(monkeypatch, url)
    page.sidebar.radio[0].set_value(Language.CHINESE).run()
    assert not page.exception
    assert page.title[0].value == "排行榜"
    assert page.query_params["lang"] in ("zh", ["zh"])


def test_a_language_that_nobody_speaks_is_ignored_with_a_word(monkeypatch, url, store):
    page = shown(monkeypatch, url, lang="xx")
    assert page.title[0].value == "Leaderboard"
    assert "lang" in page.toast[0].value
    assert "lang" not in page.query_params


@pytest.mark.parametrize("language", Language)
def test_without_a_store_a_page_says_what_to_do_first(monkeypatch, url, language):
    page = shown(monkeypatch, url, lang=language.value)
    assert page.subheader[0].value == translated("opening.empty.title", language)
    assert "leaderboard run" in page.code[0].value


def test_looking_at_an_absent_store_makes_none(monkeypatch, url, tmp_path):
    shown(monkeypatch, url)
    assert list(tmp_path.glob("board*")) == []


def test_an_empty_store_is_looked_at_again_once_it_is_filled(monkeypatch, url):
    empty = open_store(url)
    page = shown(monkeypatch, url)
    assert page.subheader[0].value == translated("opening.empty.title")
    run = empty.start_run({}, environment_record())
    empty.record(run, evaluation_record("first"), [EstimateRecord(ACCURACY, proportion(6, 9))], [])
    page.run()
    assert page.dataframe[0].value["subject"].tolist() == ["first/zero_shot"]


@pytest.mark.slow
def test_what_a_run_writes_is_shown_the_next_time(monkeypatch, url, store):
    page = shown(monkeypatch, url)
    assert len(page.dataframe[0].value) == 2
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record("third"), [EstimateRecord(ACCURACY, proportion(70, 100))], [])
    page.run()
    assert len(page.dataframe[0].value) == 3


def _broken(file):
    file.write_text("this is no database" * 100)


def _foreign(file):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")


def _newer(file):
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE leaderboard_schema SET version_num = '9999'")


def _older(file):
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE leaderboard_schema SET version_num = '0001'")


@pytest.mark.parametrize(
    ("make", "state", "language"),
    [
        (_broken, "broken", Language.ENGLISH),
        (_foreign, "foreign", Language.CHINESE),
        (_newer, "newer", Language.ENGLISH),
        (_older, "older", Language.CHINESE),
    ],
)
def test_a_database_that_cannot_be_read_is_told_apart_and_left_alone(monkeypatch, tmp_path, make, state, language):
    file = tmp_path / "board.db"
    make(file)
    before = file.read_bytes()
    page = shown(monkeypatch, f"sqlite:///{file}", lang=language.value)
    assert page.subheader[0].value == translated(f"opening.{state}.title", language)
    assert "board.db" in page.code[0].value
    assert file.read_bytes() == before


def test_a_locked_store_is_told_and_not_waited_for(monkeypatch, url, store, tmp_path):
    store.close()
    monkeypatch.setattr("leaderboard.store.database.READING_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(tmp_path / "board.db", isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        page = shown(monkeypatch, url)
        assert page.subheader[0].value == translated("opening.busy.title")
        holder.execute("ROLLBACK")


def test_reading_the_board_changes_nothing_in_the_store(monkeypatch, url, store):
    before = store.health()
    shown(monkeypatch, url)
    assert store.health() == before


def test_a_name_is_a_cell_and_never_markup(monkeypatch, url):
    store = open_store(url)
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record(EVIL), [EstimateRecord(ACCURACY, proportion(6, 9))], [])
    page = shown(monkeypatch, url, subject=f"{EVIL}/zero_shot")
    assert page.dataframe[0].value["subject"].tolist() == [f"{EVIL}/zero_shot"]
    written = [*page.markdown, *page.title, *page.caption, *page.subheader]
    assert all(EVIL not in element.value for element in written)
