import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.board.translations import plain
from leaderboard.ranking.methods.method import Method
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
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


def subjects(page):
    return page.dataframe[0].value["subject"].tolist()


def test_moving_a_weight_ranks_again_and_stands_in_the_address(monkeypatch, url):
    page = shown(monkeypatch, url)
    before = subjects(page)
    for axis in Axis:
        page.slider(key=axis.value).set_value(4.0 if axis is Axis.LATENCY else 0.0)
    page.run()
    assert not page.exception
    assert subjects(page) != before
    assert page.query_params["latency"] == "4"
    assert page.selectbox(key="preset").value == "own"


def test_an_address_carries_weights_filters_and_the_choice_of_rows(monkeypatch, url):
    page = shown(monkeypatch, url, latency="4", q="tiny", rows="200", view="bars")
    assert page.slider(key="latency").value == 4.0
    assert len(subjects(page)) == 1
    assert "latency_cell" not in page.dataframe[0].value


def test_a_preset_sets_the_weights(monkeypatch, url):
    page = shown(monkeypatch, url)
    page.selectbox(key="preset").set_value("privacy_first").run()
    assert not page.exception
    assert page.slider(key="privacy").value == 4.0
    assert page.query_params["privacy"] == "4"


def test_without_any_weight_there_is_no_ranking_but_a_word(monkeypatch, url):
    page = shown(monkeypatch, url, **dict.fromkeys(Axis, "0"))
    assert not page.dataframe
    assert "at least one" in page.warning[0].value


@pytest.mark.parametrize("method", [Method.PARETO, Method.BORDA])
def test_a_method_without_bounds_shows_none(monkeypatch, url, method):
    page = shown(monkeypatch, url, method=method.value)
    assert len(subjects(page)) == 5
    assert "score_interval" not in page.dataframe[0].value


def test_a_condition_leaves_out_and_says_why(monkeypatch, url):
    everybody = subjects(shown(monkeypatch, url))
    page = shown(monkeypatch, url, where="privacy >= 0")
    reasons = page.sidebar.dataframe[0].value
    assert [subject.partition("/")[0] for subject in reasons["subject"]] == ["small"]
    assert set(page.main.dataframe[0].value["subject"]) == set(everybody) - set(reasons["subject"])


def test_a_condition_that_cannot_be_read_is_told_and_counts_for_nothing(monkeypatch, url):
    page = shown(monkeypatch, url, where="accurcy >= 0.5")
    assert "accurcy" in page.code[0].value
    assert len(subjects(page)) == 5


def test_the_answer_and_its_uncertainty_stand_above_the_table(monkeypatch, url):
    page = shown(monkeypatch, url)
    (sentence,) = [each.value for each in page.markdown if "**" in each.value]
    table = page.dataframe[0].value
    assert sentence.startswith(f"**{plain(table['subject'][0])}** is first with {table['score_cell'][0][:4]} [")
    assert "not significantly different from" in sentence
    assert table["rank_range"][0].startswith("1–")
    page = shown(monkeypatch, url, q="large", method=Method.BORDA.value, lang="zh")
    assert any("唯一已排名的对象" in each.value for each in page.markdown)


def test_what_was_not_measured_says_why_in_its_cell(monkeypatch, url):
    rows = shown(monkeypatch, url).dataframe[0].value.set_index("subject")
    assert rows.filter(like="small/", axis=0)["privacy_cell"].iloc[0] == "– nothing was trained here"


def test_rows_that_an_address_chooses_show_all_their_numbers(monkeypatch, url):
    (first, *_rest) = subjects(shown(monkeypatch, url))
    page = shown(monkeypatch, url, subject=first)
    assert set(page.dataframe[1].value["subject"]) == {first}


def test_measured_values_stand_in_the_place_of_utilities(monkeypatch, url):
    table = shown(monkeypatch, url, view="raw").dataframe[0].value
    assert "[" in table["accuracy_raw"].iloc[0]


@pytest.mark.slow
def test_a_subject_is_not_on_a_layer_of_what_it_lacks(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/board.db"
    store = open_store(url)
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record("known"), [EstimateRecord(ACCURACY, proportion(60, 100))], [])
    unknown = EstimateRecord(LEAK_AUC, Estimate.not_measured("nobody asked"))
    store.record(run, evaluation_record("other", "membership_sst2", axis=Axis.PRIVACY), [unknown], [])
    page = shown(monkeypatch, url, **{axis.value: "0" for axis in Axis if axis is not Axis.ACCURACY})
    layers = page.dataframe[0].value.set_index("subject")["layer"]
    assert layers["known/zero_shot"] == "◆ 1"
    assert layers["other/zero_shot"] == "–"


@pytest.mark.slow
def test_subjects_of_two_suites_are_in_tables_of_their_own(monkeypatch, url, tmp_path):
    both = f"sqlite:///{tmp_path}/two.db"
    store = open_store(both)
    write_shown(store)
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record("alone"), [EstimateRecord(ACCURACY, proportion(100, 100))], [])
    store.close()
    alone = subjects(shown(monkeypatch, url))
    page = shown(monkeypatch, both, suite="demo")
    assert not page.exception
    assert page.selectbox(key="suite").options == ["core", "demo"]
    assert subjects(page) == alone
    page.selectbox(key="suite").set_value("core").run()
    assert not page.exception
    (row,) = page.dataframe[0].value.to_dict("records")
    assert row["note"].startswith("not ranked: 1 of 6 axes (ood: shift_sst2: not measured;")
