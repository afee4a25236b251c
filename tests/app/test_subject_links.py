"""A link shows the subject that it was made for, or says that it cannot; never another one."""

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.board.subject_options import subject_address
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.deletion import delete_evaluations
from leaderboard.store.records import EstimateRecord
from tests.synthetic.board import shown
from tests.synthetic.records import environment_record, evaluation_record

FIRST, SECOND = (evaluation_record("bert", revision=revision) for revision in "12")
NAME = FIRST.subject.name
ADDRESS = subject_address(NAME, FIRST.subject.identity)


@pytest.fixture
def url(tmp_path):
    """A store of one subject; `measured` adds others."""
    url = f"sqlite:///{tmp_path}/links.db"
    measured(url, FIRST)
    measured(url, evaluation_record("other"))
    return url


def measured(url, evaluation):
    store = open_store(url)
    run = store.start_run({}, environment_record())
    store.record(run, evaluation, [EstimateRecord(ACCURACY, proportion(60, 100))], [])
    store.close()


def address_of(page):
    written = page.query_params["subject"]
    return written if isinstance(written, list) else [written]


def test_a_link_keeps_its_subject_when_a_second_variant_is_measured(monkeypatch, url):
    assert shown(monkeypatch, url, "subject", subject=ADDRESS).selectbox(key="subject").value == FIRST.subject.identity
    measured(url, SECOND)
    page = shown(monkeypatch, url, "subject", subject=ADDRESS)
    assert page.selectbox(key="subject").value == FIRST.subject.identity
    assert address_of(page) == [ADDRESS]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("page_name", ["", "subject", "compare", "trade_offs"])
def test_a_name_that_two_variants_share_stops_with_both(monkeypatch, url, page_name):
    measured(url, SECOND)
    page = shown(monkeypatch, url, page_name, subject=NAME)
    assert "may be several subjects" in page.warning[0].value
    assert not page.dataframe
    offered = [button for button in page.button if (button.key or "").startswith("unresolved: ")]
    assert {button.key.removeprefix("unresolved: ") for button in offered} == {
        each.subject.identity for each in (FIRST, SECOND)
    }
    page = offered[1].click().run()
    assert not page.exception
    assert not page.warning
    chosen = offered[1].key.removeprefix("unresolved: ")
    assert [each.rpartition("~")[2] for each in address_of(page)] == [chosen[:12]]


@pytest.mark.parametrize(("page_name", "addresses"), [("subject", [ADDRESS]), ("compare", [ADDRESS, "other"])])
def test_a_link_to_a_deleted_subject_shows_no_other(monkeypatch, url, page_name, addresses):
    measured(url, SECOND)
    store = open_store(url)
    delete_evaluations(store, [FIRST.identity])
    store.close()
    page = shown(
        monkeypatch, url, page_name, subject=[ADDRESS, "other/zero_shot"][: 2 if page_name == "compare" else 1]
    )
    assert "is not among the subjects here" in page.warning[0].value
    assert not page.dataframe
    page = page.button[-1].click().run()
    assert not page.warning
    assert not page.exception


@pytest.mark.slow_after(0)
def test_an_open_page_keeps_its_subject_when_a_second_variant_is_measured(monkeypatch, url):
    page = shown(monkeypatch, url, "subject", subject=ADDRESS)
    measured(url, SECOND)
    page.run()
    assert page.selectbox(key="subject").value == FIRST.subject.identity
    assert address_of(page) == [ADDRESS]
