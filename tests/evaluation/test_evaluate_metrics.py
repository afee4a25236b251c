"""Metrics `evaluate:…` of a run: trust, identity, results, recomputation and documents."""

import json

import pytest
import yaml

from leaderboard import Leaderboard
from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions
from leaderboard.axes.accuracy.evaluate_modules.scoring import with_scores
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, modules_of
from leaderboard.axes.protocol import Observation
from leaderboard.errors import RequestError
from leaderboard.evaluation.evaluate_metrics import with_module_code, without_module_code
from leaderboard.evaluation.recompute import recompute
from leaderboard.evaluation.task_checks import check_tasks
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.identity import file_digest
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.tasks import Catalogue, load_task, protocol_of
from tests.synthetic.evaluate_modules import CLASS, SAME_WORDS, evaluate_module
from tests.synthetic.tasks import FOLDER, small_task

AGREE = "return {'agree': sum(p == r for p, r in zip(predictions, references)) / len(predictions), 'n': 1}"
NAME = f"{PREFIX}./agree"
CHANGES = {
    "metrics": ["accuracy", NAME, "evaluate_score"],
    "headline": "evaluate_score",
    "parameters": {"evaluate": {"./agree": {"worst": 0, "best": 1}}},
}


@pytest.fixture
def small(tmp_path):
    evaluate_module(tmp_path / "tasks" / FOLDER, "agree", AGREE, inputs=(CLASS, CLASS))
    return small_task(tmp_path / "tasks", **CHANGES)


@pytest.fixture
def board(tmp_path):
    return Leaderboard(tmp_path / "store.db")


def resolved(path, *, trust=True):
    task = load_task(path)
    assert task.digest  # which the resolved task must not keep
    return with_module_code(TaskRequest((task,), task), trust=trust, offline=True).tasks[0]


def test_code_runs_only_where_it_is_trusted(small, board, encoder_folder, tmp_path):
    with pytest.raises(RequestError, match=r"is code that would be run .*\n.*add trust_evaluate_code=True"):
        board.run(encoder_folder, tasks=small, limit=8, device="cpu")
    assert not (tmp_path / "store.db").exists()


def test_trust_without_such_a_metric_is_refused(board, encoder_folder, tmp_path):
    with pytest.raises(RequestError, match="is an option of tasks with a metric"):
        board.run(encoder_folder, tasks=small_task(tmp_path / "tasks"), limit=8, trust_evaluate_code=True)


def test_the_digest_of_the_code_is_in_the_identity_and_the_folder_is_not(small, tmp_path):
    first = resolved(small)
    assert resolved(small).digest == first.digest != load_task(small).digest
    evaluate_module(tmp_path / "other" / FOLDER, "agree", AGREE, inputs=(CLASS, CLASS))
    moved = resolved(small_task(tmp_path / "other", **CHANGES))
    assert moved.parameters == first.parameters
    evaluate_module(small.parent, "agree", AGREE.replace("'n': 1", "'n': 2"), inputs=(CLASS, CLASS))
    assert resolved(small).digest != first.digest


@pytest.mark.slow
def test_a_run_measures_ranks_recomputes_and_exports_it(small, board, encoder_folder, tmp_path):
    run = board.run(encoder_folder, tasks=small, limit=8, device="cpu", trust_evaluate_code=True)
    frame = run.frame.set_index("metric")
    assert frame.loc[NAME, "status"] == "measured"
    assert frame.loc[NAME, "value"] == frame.loc["accuracy", "value"] == frame.loc["evaluate_score", "value"]
    assert frame.loc[NAME, "low"] < frame.loc[NAME, "value"] or frame.loc[NAME, "value"] in (0, 1)
    assert frame["headline"].to_dict() | {"evaluate_score": True, "accuracy": False, NAME: False} == (
        frame["headline"].to_dict()
    )
    again = board.run(encoder_folder, tasks=small, limit=8, device="cpu", trust_evaluate_code=True)
    assert [outcome.served for outcome in again.outcomes] == [True]
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    before = estimates_frame(store)
    assert [reason for _, reason in recompute(store, Catalogue([tmp_path / "tasks"]))] == [""]
    assert estimates_frame(store).drop(columns="evaluated_at").equals(before.drop(columns="evaluated_at"))
    board.export(observations=True, to=tmp_path / "results.json")
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["metrics"][NAME]["better"] == "higher"
    other = Leaderboard(tmp_path / "other.db")
    other.import_(tmp_path / "results.json")
    assert NAME in set(other.results()["metric"])


def test_written_answers_are_scored(board, causal_folder, tmp_path):
    evaluate_module(tmp_path, "words", SAME_WORDS)
    data = tmp_path / "questions.jsonl"
    data.write_text("".join(f'{{"text": "question {i}", "references": "answer {i}"}}\n' for i in range(4)))
    task = tmp_path / "questions.yaml"
    content = {
        "name": "questions",
        "version": 1,
        "axis": "accuracy",
        "protocol": "generation",
        "description": "Questions without answers.",
        "data": {
            "read": {"format": "jsonl", "fields": {"text": "text", "references": "references"}},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "parameters": {"max_new_tokens": 3, "evaluate": {"./words": {"worst": 0, "best": 1}}},
        "metrics": ["exact_match", f"{PREFIX}./words"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    task.write_text(yaml.safe_dump(content))
    frame = board.run(causal_folder, tasks=task, device="cpu", trust_evaluate_code=True).frame.set_index("metric")
    assert frame.loc[f"{PREFIX}./words", "status"] == "measured"
    assert frame.loc[f"{PREFIX}./words", "n"] == 4


def test_a_check_of_the_file_runs_no_code_and_says_so(small):
    small.with_name("agree").joinpath("agree.py").write_text("raise RuntimeError('it ran')")
    (check,) = check_tasks(Catalogue([]), [str(small)], data=False, offline=True)
    assert check.readable
    assert f"not checked: the code of {NAME} ({small.parent / 'agree'}), which only a run loads" in "\n".join(
        check.lines
    )


def test_a_search_runs_no_code_although_the_task_file_pins_it(small, board, encoder_folder, tmp_path):
    """A run caches the code; its digest in the task file then lets no search run it."""
    ran = tmp_path / "ran"
    body = f"open({str(ran)!r}, 'w').close()\nreturn {{'agree': 1.0, 'n': 1}}"
    evaluate_module(small.parent, "agree", body, inputs=(CLASS, CLASS))
    code = resolved(small).parameters["evaluate"]["./agree"]["code"]
    pinned = {"parameters": {"evaluate": {"./agree": {"worst": 0, "best": 1, "code": code}}}}
    task = Catalogue([small_task(tmp_path / "tasks", **CHANGES | pinned).parent.parent]).task("small")
    assert task.parameters["evaluate"]["./agree"]["code"] == code
    ran.unlink()
    untrusted = without_module_code(task)
    assert "code" not in untrusted.parameters["evaluate"]["./agree"]
    assert untrusted.digest != task.digest
    observations = [Observation("1", {})]
    predictions = Predictions(("a",), (("a",),), ((0, 0),))
    assert with_scores(modules_of(protocol_of(task).parameters), observations, predictions) == observations
    assert not ran.exists()


MODEL = "models--owner--scorer/snapshots"


@pytest.mark.slow
def test_a_model_that_the_code_loads_is_in_the_identity(small, board, encoder_folder, tmp_path):
    """Every commit is measured again; one that is loaded only while scoring is named in a note."""
    for commit in ("a" * 40, "b" * 40):
        config = tmp_path / MODEL / commit / "config.json"
        config.parent.mkdir(parents=True)
        config.write_text("{}")
    opened = tmp_path / "opened"
    opened.write_text("a" * 40)
    load = f"open({str(tmp_path / MODEL)!r} + '/' + open({str(opened)!r}).read() + '/config.json').close()\n"
    rest = f"if len(predictions) > 4: open({str(tmp_path / MODEL / ('b' * 40) / 'config.json')!r}).close()\n"
    evaluate_module(small.parent, "agree", load + AGREE, inputs=(CLASS, CLASS))
    first = resolved(small)
    assert first.parameters["evaluate"]["./agree"]["models"] == [f"owner/scorer@{'a' * 40}"]
    opened.write_text("b" * 40)
    assert resolved(small).digest != first.digest
    opened.write_text("a" * 40)
    evaluate_module(small.parent, "agree", load + rest + AGREE, inputs=(CLASS, CLASS))
    run = board.run(encoder_folder, tasks=small, limit=8, device="cpu", trust_evaluate_code=True)
    evaluation = run.store.evaluation(run.outcomes[0].plan.identity)
    assert any(f"loaded owner/scorer@{'b' * 40} while it scored" in note for note in evaluation.notes)
