"""The page Explain: a text that is typed, or a stored example, explained by a process of its own."""

import pytest

from leaderboard import Leaderboard
from leaderboard.board.translations import plain
from leaderboard.settings import WORKING_FOLDER
from leaderboard.store.database import open_store
from leaderboard.testing.models import tiny_bert
from tests.synthetic.board import shown
from tests.synthetic.label_tasks import films_task
from tests.synthetic.shown import write_shown


def test_a_page_on_subjects_without_texts_asks_for_one(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/shown.db"
    write_shown(open_store(url))
    page = shown(monkeypatch, url, "explain")
    page.button[0].click().run()
    assert page.info[0].value == "Type a text first."
    page = shown(monkeypatch, url, "explain", source="example")
    assert "not on this machine" in page.info[0].value


@pytest.mark.slow
def test_two_subjects_explain_a_typed_text_and_a_stored_example(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    task = films_task(tmp_path, ("bad", "fair", "good"))
    board = Leaderboard(tmp_path / "results.db")
    for name, seed in {"tiny": 0, "other": 5}.items():
        model = str(tiny_bert(tmp_path / name, seed=seed))
        board.run(model, tasks=str(task.relative_to(tmp_path)), recipe="probe", threads=1, offline=True)
    monkeypatch.chdir("/")
    monkeypatch.setenv(WORKING_FOLDER, str(tmp_path))
    url = f"sqlite:///{tmp_path}/results.db"
    page = shown(monkeypatch, url, "explain", subject="tiny/probe(films)", against="other/probe(films)")
    page.text_area[0].input("A <b>dull</b> film").run()
    page.button[0].click().run()
    assert not page.exception
    assert [each.value for each in page.subheader] == [
        plain(name) for name in ("tiny/probe(films)", "other/probe(films)")
    ]
    page = shown(monkeypatch, url, "explain", subject="tiny/probe(films)", source="example")
    page.button[0].click().run()
    assert [each.value for each in page.subheader] == [plain("tiny/probe(films)")]


@pytest.mark.slow
def test_what_cannot_be_explained_is_said(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/shown.db"
    write_shown(open_store(url))
    page = shown(monkeypatch, url, "explain")
    page.text_area[0].input("A dull film").run()
    page.button[0].click().run()
    assert page.warning[0].value == "This text cannot be explained."
    assert "the recipe of 'careful/zero_shot'" in page.code[0].value
