import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text as sql

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.board.translations import catalogue
from leaderboard.data.portions import Portion
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import environment_record, evaluation_record
from tests.synthetic.shown import write_shown

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "[click](javascript:alert(3)) **:red[bold]** $x^2$ :skull:",
)


def written(file, *models, portion=Portion.WHOLE):
    store = open_store(f"sqlite:///{file}")
    run = store.start_run({}, environment_record())
    for model in models:
        measured = [EstimateRecord(ACCURACY, proportion(60, 100))]
        store.record(run, evaluation_record(model, portion=portion), measured, [])
    store.close()
    return file


def changed(file, statement):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)
    return file


def absent(file):
    return None


def broken(file):
    file.write_text("this is no database" * 100)
    return file


def foreign(file):
    return changed(file, "CREATE TABLE bookmarks (id INTEGER)")


def newer(file):
    return changed(written(file, "tiny"), "UPDATE leaderboard_schema SET version_num = '9999'")


def older(file):
    return changed(written(file, "tiny"), "UPDATE leaderboard_schema SET version_num = '0001'")


def searches_alone(file):
    return written(file, "tiny", portion=Portion.SEARCH)


@pytest.mark.parametrize(
    ("state", "make_store"),
    [
        ("empty", absent),
        ("empty", written),
        ("broken", broken),
        ("foreign", foreign),
        ("newer", newer),
        ("older", older),
        ("searches_alone", searches_alone),
    ],
    ids=["absent", "empty", "broken", "foreign", "newer", "older", "searches_alone"],
)
def test_a_store_that_cannot_be_shown_says_why_and_what_to_do(visit, shifting, state, make_store):
    opened = visit(of=shifting.show(make_store(shifting.new_store())))
    opened.until_shown(catalogue()[f"opening.{state}.title"]["en"]).sound()


def test_a_store_appears_when_somebody_looks_again(visit, shifting):
    opened = visit(of=shifting.show(None))
    shifting.show(written(shifting.new_store(), "tiny"))
    opened.page.get_by_role("button", name=catalogue()["opening.again"]["en"]).click()
    opened.page.locator('[data-testid="stDataFrame"]').first.wait_for()
    opened.settle().sound()


def test_a_store_that_a_run_writes_to_is_shown_and_grows(visit, shifting):
    file = written(shifting.new_store(), "first")
    writer = open_store(f"sqlite:///{file}")
    run = writer.start_run({}, environment_record())
    with writer.writing("something long") as session:
        session.execute(sql("UPDATE run SET arguments = '{}'"))  # holds the lock that one writer has
        opened = visit(of=shifting.show(file))
        opened.page.locator('[data-testid="stDataFrame"]').first.wait_for()
        opened.sound()
    writer.record(run, evaluation_record("second"), [EstimateRecord(ACCURACY, proportion(90, 100))], [])
    opened.open()
    assert sorted(opened.column(2)) == ["first/zero_shot", "second/zero_shot"]
    writer.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    file = tmp_path_factory.mktemp("hostile") / "hostile.db"
    store = open_store(f"sqlite:///{file}")
    write_shown(store, dict(zip(HOSTILE, (0.8, 0.6, 0.4), strict=True)))
    store.close()
    return file


@pytest.mark.parametrize("page", ["", "trade_offs", "subject", "compare", "explain", "search", "gates", "tasks"])
def test_names_are_text_and_run_nothing(visit, shifting, hostile, page):
    opened = visit(page, of=shifting.show(hostile))
    opened.sound()
    assert not opened.page.locator("main script, img[onerror], img[src='x'], a[href^='javascript'], .katex").count()
    if not page:
        assert [name.removesuffix("/zero_shot") for name in opened.column(2)] == list(HOSTILE)
