"""Subjects explain their answers through `Leaderboard.explain`, tasks of the user's own included."""

import pytest

from leaderboard import Leaderboard
from leaderboard.attributions.registry import attribution_methods
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.reports.explanations.json_text import explanations_json, read_explanations
from leaderboard.testing.models import tiny_bert, tiny_llama
from tests.synthetic.label_tasks import films_task, people_task

TEXT = "The film number 7 was a wonderful surprise ."


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A store with one probe, and the file of the task that it was measured on."""
    folder = tmp_path_factory.mktemp("explained")
    task = films_task(folder, ("bad", "fair", "good"))
    board = Leaderboard(folder / "results.db")
    board.run(str(tiny_bert(folder / "tiny")), tasks=str(task), recipe="probe", threads=1, offline=True)
    return board, str(task)


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("method", [None, *attribution_methods()])
def test_a_subject_of_a_task_file_explains_a_text_by_every_method(measured, method):
    board, task = measured
    (explanation,) = board.explain("tiny", TEXT, task=task, method=method, threads=1, offline=True).explanations
    assert explanation.task == "films"
    assert explanation.units == tuple(TEXT.split())
    assert len(explanation.values) == len(explanation.units)
    assert sum(explanation.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert explanation.predicted == max(explanation.probabilities, key=explanation.probabilities.get)


def test_another_subject_is_shown_beside_it_and_written(measured, tmp_path):
    board, task = measured
    report = board.explain("tiny", TEXT, against="tiny", task=task, label="good", threads=1, offline=True)
    assert [each.label for each in report.explanations] == ["good", "good"]
    assert "Blue and + are for good" in str(report)
    report.save(tmp_path / "both.html")
    assert (tmp_path / "both.html").read_text(encoding="utf-8").count("wonderful") >= 2


def test_attention_is_not_said_to_be_for_or_against_a_class(measured):
    board, task = measured
    assert "Blue and + are for" not in str(board.explain("tiny", TEXT, task=task, method="attention", offline=True))


@pytest.mark.slow
def test_two_subjects_that_answer_differently_explain_one_class(measured, tmp_path):
    board, task = measured
    board.run(str(tiny_bert(tmp_path / "other", seed=5)), tasks=task, recipe="probe", threads=1, offline=True)
    for start in ("tiny", "other"):
        against = {"tiny": "other", "other": "tiny"}[start]
        first, second = board.explain(start, TEXT, against=against, task=task, threads=1, offline=True).explanations
        assert first.label == first.predicted == second.label


def test_a_subject_of_a_task_that_is_not_at_hand_leads_to_its_file(measured):
    board, _ = measured
    with pytest.raises(RequestError, match=r"Measured on: films\n  A task of your own: .*FILE\.yaml"):
        board.explain("tiny", TEXT, offline=True)


def test_a_task_that_it_was_not_measured_on_is_refused(measured, tmp_path):
    board, _ = measured
    other = films_task(tmp_path, ("bad", "fair", "good"), name="others")
    with pytest.raises(RequestError, match=r"was not measured on 'others'\n  Measured on: films"):
        board.explain("tiny", TEXT, task=str(other), offline=True)


@pytest.mark.slow
def test_a_subject_of_own_data_is_explained_without_a_task_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"a {('good', 'bad')[at % 2]} film number {at},{('pos', 'neg')[at % 2]}" for at in range(120)]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *rows]))
    board = Leaderboard(tmp_path / "results.db")
    board.run(str(tiny_bert(tmp_path / "tiny")), data="own.csv", axes="accuracy", threads=1, offline=True)
    (explanation,) = board.explain("tiny", TEXT, threads=1, offline=True).explanations
    assert explanation.task == "own"
    (tmp_path / "own.csv").write_text("text,label\nanother,pos\n")
    with pytest.raises(LeaderboardError, match=r"own\.csv"):
        Leaderboard(tmp_path / "results.db").explain("tiny", TEXT, threads=1, offline=True)


@pytest.mark.slow
def test_tags_of_words_are_explained_side_by_side_and_read_back(tmp_path):
    task = str(people_task(tmp_path, ("O", "B-PER", "I-PER", "B-LOC")))
    board = Leaderboard(tmp_path / "results.db")
    board.run(str(tiny_bert(tmp_path / "tiny")), tasks=task, recipe="finetune", threads=1, offline=True)
    options = {"word": "Rome", "label": "B-LOC", "against": "tiny", "task": task}
    report = board.explain("tiny", "In Rome laughed.", **options, threads=1, offline=True)
    first, second = report.explanations
    assert (first.kind, first.target, first.label) == ("tag", "Rome", second.label)
    assert first.units == ("In", "Rome", "laughed", ".")
    assert f"predicts {first.predicted} for Rome" in str(report)
    again = read_explanations(explanations_json(report.explanations))
    assert [each.span for each in again] == [first.span, second.span]


@pytest.mark.slow
def test_a_mask_and_an_answer_are_explained(measured, tmp_path):
    board, task = measured
    masked = board.explain("tiny", "The film was [MASK].", task=task, threads=1, offline=True).explanations[0]
    assert (masked.kind, masked.target) == ("mask", "[MASK]")
    assert masked.units == ("The", " film", " was", " [MASK]", ".")  # as typed: together they are the text
    board.run(str(tiny_llama(tmp_path / "llama")), tasks=task, recipe="zero_shot", threads=1, offline=True)
    (answer,) = board.explain("llama", TEXT, kind="generation", label="fine", task=task, offline=True).explanations
    assert (answer.kind, answer.method, answer.label) == ("generation", "occlusion", "fine")
    with pytest.raises(RequestError, match="by attention: a generated answer is explained by its likelihood alone"):
        board.explain("llama", TEXT, kind="generation", label="fine", method="attention", task=task, offline=True)
    with pytest.raises(RequestError, match="asks for a tag"):
        board.explain("llama", TEXT, kind="tag", task=task, offline=True)
