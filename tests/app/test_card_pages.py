"""The pages Subject, Compare, Search and Gates, each on a store that has something for it and on one that has not."""

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.privacy import ATTACK_ROC
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.board import shown
from tests.synthetic.records import environment_record, evaluation_record
from tests.synthetic.shown import write_shown

NASTY = "<b>x</b> & [link](http://e) **y** $z$ :red[q]"
LARGE = "large/zero_shot"
LABELS = {"label": 0, "log_probabilities": [-0.1, -2.3], "true": NASTY, "predicted": NASTY}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('shown')}/shown.db"
    write_shown(open_store(url))
    return url


@pytest.fixture
def alone(tmp_path):
    """A store of one subject whose name and classes look like markup."""
    url = f"sqlite:///{tmp_path}/alone.db"
    store = open_store(url)
    recorded = evaluation_record(NASTY, "movies")
    run = store.start_run({}, environment_record())
    store.record(run, recorded, [EstimateRecord(ACCURACY, proportion(1, 1))], [("a", LABELS)])
    return url


def test_a_subject_shows_its_axes_and_every_estimate(monkeypatch, url):
    page = shown(monkeypatch, url, "subject", subject="tiny/zero_shot")
    reasons = page.dataframe[0].value["reason"].tolist()
    assert "the model predicts no masked word" in reasons
    assert page.get("plotly_chart")


@pytest.mark.slow
def test_attack_curves_have_a_text_with_the_rate_at_one_percent(monkeypatch, alone):
    store = open_store(alone)
    run = store.start_run({}, environment_record())
    point = EstimateRecord(ATTACK_ROC, proportion(20, 100), "loss at FPR 0.01")
    store.record(run, evaluation_record(NASTY, "leak", axis=Axis.PRIVACY), [point], [])
    page = shown(monkeypatch, alone, "subject", lang="zh")
    assert "假阳性率为 1% 时的真阳性率: loss 0.200" in page.get("plotly_chart")[1].proto.alt
    assert any("loss 0" in caption.value for caption in page.caption)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("name", "subject"), [("subject", LARGE), ("compare", [LARGE, "tiny/zero_shot"])])
def test_axes_in_tables_are_named_in_the_language_of_the_page(monkeypatch, url, name, subject):
    page = shown(monkeypatch, url, name, subject=subject, lang="zh")
    assert "准确率" in page.dataframe[0].value["axis"].tolist()


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("view", ["origin", "history", "answers", "examples"])
def test_each_view_of_a_subject_is_drawn(monkeypatch, url, view):
    page = shown(monkeypatch, url, "subject", view=view)
    assert page.dataframe


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("view", ["times", "words"])
def test_what_was_not_kept_of_a_subject_is_reported(monkeypatch, url, view):
    page = shown(monkeypatch, url, "subject", view=view)
    assert page.info[0].value


@pytest.mark.slow
def test_a_subject_is_found_by_the_start_of_its_identity(monkeypatch, url):
    identity = evaluation_record("small").subject.identity
    page = shown(monkeypatch, url, "subject", subject=identity[:12])
    assert page.selectbox(key="subject").value == identity


def test_wrong_answers_can_be_looked_at_alone(monkeypatch, url):
    page = shown(monkeypatch, url, "subject", view="examples", which="wrong")
    assert set(page.dataframe[0].value["right"]) == {"✗ wrong"}


def test_flipped_answers_say_what_both_said(monkeypatch, url):
    page = shown(monkeypatch, url, "subject", view="examples", which="flipped")
    rows = page.dataframe[0].value
    assert (rows["right"] != rows["right_there"]).all()


def test_two_subjects_are_compared_with_their_flips(monkeypatch, url):
    page = shown(monkeypatch, url, "compare", subject=["large/zero_shot", "tiny/zero_shot"])
    assert page.get("plotly_chart")
    differences, flipped = (table.value for table in page.dataframe)
    assert "difference" in differences
    assert len(flipped)


@pytest.mark.slow
def test_three_subjects_are_compared_with_the_reference(monkeypatch, url):
    subjects = ["large/zero_shot", "tiny/zero_shot", "small/zero_shot"]
    page = shown(monkeypatch, url, "compare", subject=subjects, reference="tiny/zero_shot")
    assert set(page.dataframe[0].value["subject"]) == {"large/zero_shot", "small/zero_shot"}


def test_the_best_two_are_compared_where_nobody_is_chosen_and_the_best_is_the_reference(monkeypatch, url):
    page = shown(monkeypatch, url, "compare")
    chosen = page.multiselect(key="subject")
    assert [chosen.format_func(each) for each in chosen.value] == [LARGE, "middle/zero_shot"]
    assert page.selectbox(key="reference").value == chosen.value[0]


def test_one_subject_alone_cannot_be_compared(monkeypatch, alone):
    page = shown(monkeypatch, alone, "compare")
    assert not page.dataframe
    assert page.info


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("view", ["front", "trade_off", "levers", "hypervolume"])
def test_a_study_is_drawn(monkeypatch, url, view):
    assert shown(monkeypatch, url, "search", view=view).get("plotly_chart")


def test_trials_are_listed_with_a_way_to_their_subject(monkeypatch, url):
    page = shown(monkeypatch, url, "search", view="trials")
    assert page.dataframe[-1].value["trial"].tolist() == [0, 1, 2, 3, 4]
    assert page.get("page_link")


def test_a_store_without_a_study_says_how_to_begin_one(monkeypatch, alone):
    page = shown(monkeypatch, alone, "search")
    assert "leaderboard search" in page.code[0].value


def test_gates_show_every_call_the_trend_and_one_call(monkeypatch, url):
    page = shown(monkeypatch, url, "gates")
    calls, rules = (table.value for table in page.dataframe)
    assert calls["verdict"].tolist() == ["✗ FAIL", "? INCONCLUSIVE", "✓ PASS"]

    assert rules["rule"].tolist() == ["accuracy.movies.accuracy >= 0.8"]
    assert page.get("plotly_chart")


def test_a_store_without_a_gate_says_how_to_write_one(monkeypatch, alone):
    assert "leaderboard gate" in shown(monkeypatch, alone, "gates").code[0].value


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("page", ["subject", "compare", "search", "gates"])
def test_pages_speak_chinese(monkeypatch, url, page):
    title = shown(monkeypatch, url, page, lang="zh").title[0].value
    assert any("\u4e00" <= letter <= "\u9fff" for letter in title)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("view", ["card", "origin", "answers", "examples"])
def test_names_are_letters_and_never_markup(monkeypatch, alone, view):
    page = shown(monkeypatch, alone, "subject", view=view)
    written = [*page.markdown, *page.caption, *page.title, *page.info, *page.get("html")]
    for element in written:
        shown_text = getattr(element, "value", "") or str(element)
        assert "<b>x" not in shown_text
        assert "**y**" not in shown_text
        assert "[link](" not in shown_text
