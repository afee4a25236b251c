"""Tasks of lm-evaluation-harness become tasks of ours: names, flags, and everything that is part of their identity."""

import json

import pytest
import yaml

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.evaluation.harness_tasks import HarnessOptions, load_harness_tasks
from leaderboard.evaluation.task_request import task_request
from leaderboard.tasks import default_catalogue, load_task
from tests.synthetic.harness import CHOICE, TASKS, harness_tasks, write_task


@pytest.fixture(autouse=True)
def _data_sets_are_kept_in_the_test(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")


@pytest.fixture
def folder(tmp_path):
    return harness_tasks(tmp_path / "evals", documents=8)


def guest(folder, name="tiny_choice", **options):
    (task,) = load_harness_tasks(f"lm_eval:{name}", HarnessOptions(path=str(folder), **options))
    return task


def test_a_guest_is_a_task_that_says_what_it_is(folder):
    task = guest(folder, num_fewshot=3, limit=5)
    assert task.name == "lm_eval:tiny_choice:3-shot"
    assert (task.axis, task.protocol, task.metrics) == (Axis.ACCURACY, "lm_eval", ("accuracy", "accuracy_norm"))
    assert task.limit == 5
    assert task.citation == "json"
    content = task.parameters["found"]
    assert content["versions"] == {"tiny_choice": "1.0"}
    assert content["harness"].startswith("0.4.")
    assert type(task).model_validate(task.model_dump(mode="json")) == task


def test_the_worst_accuracy_is_that_of_guessing(folder):
    task = guest(folder)
    assert {name: anchor.worst for name, anchor in task.anchors.items()} == pytest.approx(
        {"accuracy": 1 / 3, "accuracy_norm": 1 / 3}
    )
    assert guest(folder, "tiny_continuation").anchors == {}
    write_task(folder, "uneven", CHOICE, doc_to_choice="{{ choices[: 2 + answer % 2] }}", doc_to_target=0)
    assert guest(folder, "uneven").anchors == {}


def test_a_guest_with_normalised_accuracy_counts_it(folder):
    assert (guest(folder).version, guest(folder).headlines) == (2, ("accuracy_norm",))
    write_task(folder, "plain", CHOICE, metric_list=[{"metric": "acc"}])
    assert (guest(folder, "plain").version, guest(folder, "plain").headlines) == (1, ("accuracy",))


def test_a_group_that_averages_no_normalised_accuracy_counts_accuracy(folder):
    assert guest(folder, "tiny_group").headlines == ("accuracy",)
    path = folder / "tiny_group.yaml"
    group = yaml.safe_load(path.read_text(encoding="utf-8"))
    group["aggregate_metric_list"] = [{"metric": "acc"}, {"metric": "acc_norm"}]
    path.write_text(yaml.safe_dump(group), encoding="utf-8")
    assert guest(folder, "tiny_group").headlines == ("accuracy_norm",)


def test_the_same_request_has_the_same_identity(folder):
    assert guest(folder).digest == guest(folder).digest


@pytest.mark.parametrize(
    "changed",
    [{"num_fewshot": 1}, {"chat_template": True}, {"seed": 1}, {"limit": 4}],
    ids=["few-shot", "chat template", "seed", "limit"],
)
def test_each_setting_is_part_of_the_identity(folder, changed):
    assert guest(folder, **changed).digest != guest(folder).digest


@pytest.mark.slow_after(3)
@pytest.mark.parametrize(
    "changed",
    [
        {"doc_to_text": "{{ question }}?"},
        {"doc_to_target": "{{ 0 }}"},
        {"description": "Answer."},
        {"target_delimiter": ": "},
        {"metadata": {"version": 2.0}},
        {
            "metric_list": [
                {"metric": "acc", "aggregation": "nanmean", "higher_is_better": True},
                {"metric": "acc_norm"},
            ]
        },
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_part_of_a_task_file_is_part_of_the_identity(folder, changed):
    before = guest(folder)
    write_task(folder, "tiny_choice", CHOICE, **changed)
    assert guest(folder).digest != before.digest


@pytest.mark.parametrize("key", ["generation_kwargs", "filter_list"])
def test_how_text_is_written_and_read_is_part_of_the_identity(folder, key):
    before = guest(folder, "tiny_writing")
    changed = {
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 13},
        "filter_list": [{"name": "first", "filter": [{"function": "take_first"}]}],
    }
    write_task(folder, "tiny_writing", TASKS["tiny_writing"], **{key: changed[key]})
    assert guest(folder, "tiny_writing").digest != before.digest


def change_a_document(path):
    first, *others = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first) | {"question": "Another"}), *others]) + "\n")


def test_other_documents_are_another_identity(folder):
    before = guest(folder)
    change_a_document(folder / "test.jsonl")
    assert guest(folder).digest != before.digest


def test_examples_that_are_shown_are_part_of_the_identity_and_others_are_not(folder):
    before = {shots: guest(folder, num_fewshot=shots).digest for shots in (0, 2)}
    change_a_document(folder / "train.jsonl")
    after = {shots: guest(folder, num_fewshot=shots).digest for shots in (0, 2)}
    assert [after[shots] == before[shots] for shots in (0, 2)] == [True, False]


def test_the_version_of_the_harness_is_part_of_the_identity(folder, monkeypatch):
    before = guest(folder).digest
    monkeypatch.setattr("leaderboard.axes.harness.fingerprint.version", lambda _: "0.5.0")
    assert guest(folder).digest != before


def test_an_unknown_name_is_answered_with_the_nearest(folder):
    with pytest.raises(RequestError, match=r"unknown task 'tiny_choise'[\s\S]*Did you mean 'tiny_choice'"):
        guest(folder, "tiny_choise")


def test_a_file_that_is_no_yaml_is_named(folder):
    (folder / "broken.yaml").write_text("task: broken\n  dataset_path: [json\n")
    with pytest.raises(RequestError, match=r"broken\.yaml: is not valid YAML"):
        guest(folder, "broken")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RequestError, match=r"--lm-eval-path .*: no such folder"):
        guest(tmp_path / "nowhere")


def test_data_that_is_not_there_is_told_in_one_message(folder):
    (folder / "test.jsonl").unlink()
    with pytest.raises(SourceUnavailableError, match=r"lm_eval:tiny_choice: its data is out of reach: .*test\.jsonl"):
        guest(folder)


def test_a_task_that_the_harness_refuses_is_told_in_one_message(folder):
    write_task(folder, "wrong", CHOICE, output_type="guessing")
    with pytest.raises(RequestError, match="lm_eval:wrong: lm-evaluation-harness cannot load it: ValueError"):
        guest(folder, "wrong")


@pytest.mark.parametrize(
    "options",
    [{"path": "x"}, {"num_fewshot": 0}, {"chat_template": True}, {"trust_code": True}],
    ids=lambda o: next(iter(o)),
)
def test_flags_of_guests_go_with_guests_only(options):
    with pytest.raises(RequestError, match="is an option of tasks of lm-evaluation-harness"):
        task_request(default_catalogue(), tasks=["sst2"], options=HarnessOptions(**options))


def own_task(folder, **changes):
    content = {
        "name": "mine", "version": 1, "axis": "accuracy", "protocol": "lm_eval", "description": "Asked there.",
        "parameters": {"task": "tiny_choice", "path": str(folder), "num_fewshot": 1},
        "metrics": ["accuracy"], "license": "ours", "citation": "ours",
    }  # fmt: skip
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content | changes))
    return path


def test_a_task_file_of_ours_may_ask_the_harness(folder):
    path = own_task(folder)
    assert load_task(path).parameters.get("found") is None
    (task,) = task_request(default_catalogue(), tasks=[str(path)]).tasks
    assert (task.name, task.metrics) == ("mine", ("accuracy",))
    assert task.parameters["found"] is not None
    change_a_document(folder / "test.jsonl")
    assert task_request(default_catalogue(), tasks=[str(path)]).tasks[0].digest != task.digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metrics": ["bleu"]}, "does not report bleu"),
        ({"parameters": {"task": "tiny_choice", "shots": 3}}, "unknown key 'parameters.shots'"),
        ({"parameters": {}}, "missing key 'parameters.task'"),
    ],
)
def test_a_task_file_that_asks_for_what_is_not_there_is_refused(folder, changes, message):
    content = own_task(folder, **changes)
    with pytest.raises(RequestError, match=message):
        task_request(default_catalogue(), tasks=[str(content)])
