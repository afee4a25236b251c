import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import LATENCY_P50, LATENCY_RATIO
from leaderboard.board.translations import Language
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.board import shown
from tests.synthetic.records import environment_record, evaluation_record
from tests.synthetic.shown import write_shown


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('board')}/board.db"
    store = open_store(url)
    write_shown(store)
    store.close()
    return url


@pytest.mark.slow
def test_the_front_is_drawn_and_told_as_a_table(monkeypatch, url):
    page = shown(monkeypatch, url, "trade_offs", lang="zh")
    assert page.title[0].value == "权衡"
    assert page.dataframe[0].value["front"].any()


def test_the_page_opens_on_milliseconds_against_accuracy(monkeypatch, url):
    page = shown(monkeypatch, url, "trade_offs")
    assert page.selectbox(key="x").value == "latency_movies.latency_p50"
    assert page.selectbox(key="y").value == "accuracy"


def test_the_page_opens_on_the_utility_of_latency_where_a_subject_has_no_milliseconds(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/withheld.db"
    store = open_store(url)
    run = store.start_run({}, environment_record())
    ratio = EstimateRecord(LATENCY_RATIO, Estimate.measured(0.5, (0.4, 0.6), n=500, method="test"))
    median = EstimateRecord(LATENCY_P50, Estimate.measured(0.01, (0.009, 0.011), n=500, method="test"))
    for model, estimates in (("quiet", [ratio, median]), ("noisy", [ratio])):
        store.record(run, evaluation_record(model, "latency_movies", axis=Axis.LATENCY), estimates, [])
    store.close()
    assert shown(monkeypatch, url, "trade_offs").selectbox(key="x").value == "latency"


def test_an_address_says_what_is_plotted_and_who_is_looked_at(monkeypatch, url):
    (subject, other, *_rest) = shown(monkeypatch, url).dataframe[0].value["subject"]
    address = {"x": "movies.macro_f1", "y": "bias", "third": "privacy", "way": "size", "subject": [subject, other]}
    page = shown(monkeypatch, url, "trade_offs", **address)
    assert [page.selectbox(key=name).value for name in ("x", "y", "third", "way")] == list(address.values())[:4]
    options = page.multiselect(key="subject")
    assert [options.format_func(each) for each in options.value] == [subject, other]


def test_a_subject_that_lacks_a_measure_is_told_instead_of_compared(monkeypatch, url):
    rows = shown(monkeypatch, url).dataframe[0].value["subject"].tolist()
    lacking = next(subject for subject in rows if subject.startswith("small/"))
    page = shown(monkeypatch, url, "trade_offs", y="privacy", subject=[lacking, rows[0]])
    assert "privacy was not measured" in page.code[-1].value


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("language", Language)
def test_every_task_and_metric_is_explained_in_both_languages(monkeypatch, url, language):
    page = shown(monkeypatch, url, "tasks", lang=language.value, metric="ece", task="movies")
    tables = [table.value for table in page.dataframe]
    assert "ece" in tables[0]["metric"].tolist()
    assert any("Hutto & Gilbert 2014, VADER" in table.to_string() for table in tables)
    assert ".025" in page.warning[0].value.replace("\\", "")


def test_metrics_are_found_by_axis_and_words(monkeypatch, url):
    page = shown(monkeypatch, url, "tasks", axes=[Axis.BIAS.value], metrics="stereotype")
    assert set(page.dataframe[0].value["axis"]) == {"bias"}
