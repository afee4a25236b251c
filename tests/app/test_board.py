import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.axes.catalogue import ACCURACY
from leaderboard.axes.metric import Axis
from leaderboard.board.frames import leaderboard as board
from leaderboard.settings import bundled_folder
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from leaderboard.testing.records import environment_record, evaluation_record

PAGE = str(bundled_folder("app") / "board.py")


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


def page(monkeypatch, url):
    monkeypatch.setenv("LEADERBOARD_STORE", url)
    shown = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not shown.exception
    return shown


def test_the_ranking_shows_the_best_subject_first(monkeypatch, url, store):
    shown = page(monkeypatch, url)
    subjects = shown.dataframe[0].value["subject"].tolist()
    assert [subject.partition("/")[0] for subject in subjects] == ["better", "worse"]


def test_moving_a_weight_ranks_again(monkeypatch, url, store):
    shown = page(monkeypatch, url)
    for slider in shown.sidebar.slider:
        slider.set_value(0.0 if "accuracy" in slider.label else 1.0)
    shown.run()
    assert not shown.exception
    assert shown.dataframe[0].value["score"].isna().all()


def test_names_are_cells_and_never_markup(monkeypatch, url):
    store, name = open_store(url), "<script>alert(1)</script> **:red[x]**"
    recorded = evaluation_record(name)
    store.record(store.start_run({}, environment_record()), recorded, [EstimateRecord(ACCURACY, proportion(6, 9))], [])
    shown = page(monkeypatch, url)
    assert shown.dataframe[0].value["subject"].tolist() == [recorded.subject.name]
    assert all(name not in element.value for element in [*shown.markdown, *shown.title, *shown.caption])


def test_an_empty_board_says_what_to_do_first(monkeypatch, url):
    shown = page(monkeypatch, url)
    assert "leaderboard run" in shown.code[0].value


def test_a_store_that_is_none_is_told_on_the_page(monkeypatch, tmp_path):
    (tmp_path / "broken.db").write_text("this is no database" * 100)
    shown = page(monkeypatch, f"sqlite:///{tmp_path}/broken.db")
    assert "broken.db" in shown.code[0].value


def test_estimates_can_be_narrowed(store):
    everything = board.estimates(store, subjects=[], axes=[])
    (first, *_rest) = everything["subject"]
    assert set(board.estimates(store, subjects=[first], axes=[])["subject"]) == {first}
    assert board.estimates(store, subjects=[], axes=[Axis.BIAS]).empty


def test_reading_the_board_changes_nothing_in_the_store(monkeypatch, url, store):
    before = store.health()
    page(monkeypatch, url)
    assert store.health() == before
