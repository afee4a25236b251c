"""A folder of task files says things; it runs code only for a user who trusts it."""

from types import SimpleNamespace

import evaluate
import pytest
import yaml

from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.axes.harness.tasks import _check_data
from leaderboard.axes.harness.trust import confine_metrics
from leaderboard.errors import RequestError
from leaderboard.evaluation.harness_tasks import HarnessOptions, load_harness_tasks
from tests.synthetic.harness import CHOICE, write_task

CODE = "def target(document):\n    return document['answer']\n"


@pytest.fixture
def coded(folder):
    (folder / "code.py").write_text("open('ran', 'w').close()\n" + CODE)
    write_with_function(folder, "coded")
    return folder


def write_with_function(folder, name):
    path = write_task(folder, name, CHOICE)
    text = path.read_text().replace("doc_to_target: '{{ answer }}'", "doc_to_target: !function code.target")
    path.write_text(text)
    assert "!function" in text
    return path


def load(folder, name, **options):
    return load_harness_tasks(f"lm_eval:{name}", HarnessOptions(path=str(folder), **options))


def refused(folder, name, message):
    with pytest.raises(RequestError, match=message) as refusal:
        load(folder, name)
    assert "--trust-lm-eval-code" in str(refusal.value)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_code_beside_a_task_file_is_refused_and_does_not_run(coded, tmp_path):
    refused(coded, "coded", r"coded\.yaml runs Python code \(!function code\.target\)")
    assert not (tmp_path / "ran").exists()


def test_code_that_is_trusted_runs(coded, tmp_path):
    (task,) = load(coded, "coded", trust_code=True)
    assert (tmp_path / "ran").exists()
    assert task.parameters["trust_code"] is True


def test_trusted_code_is_part_of_the_identity(coded):
    (before,) = load(coded, "coded", trust_code=True)
    (coded / "other.py").write_text("LIMIT = 3\n")
    (after,) = load(coded, "coded", trust_code=True)
    assert after.digest != before.digest


def test_a_task_beside_one_with_code_needs_no_trust(coded):
    assert load(coded, "tiny_choice")


def test_code_in_an_included_file_is_refused(coded):
    (coded / "coded.yaml").rename(coded / "coded_base")
    (coded / "including.yaml").write_text("include: coded_base\ntask: including\n")
    refused(coded, "including", r"coded_base runs Python code")


def test_code_in_a_task_of_a_group_or_tag_is_refused(coded):
    (coded / "more.yaml").write_text(yaml.safe_dump({"group": "more", "task": ["tiny_choice", {"task": "coded"}]}))
    refused(coded, "more", r"coded\.yaml runs Python code")
    path = coded / "coded.yaml"
    path.write_text(path.read_text() + "tag: [some]\n")
    refused(coded, "some", r"coded\.yaml runs Python code")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric_list": [{"metric": "acc", "hf_evaluate": True}]}, "the metric 'acc', which would be looked for"),
        ({"metric_list": [{"metric": "mine"}]}, "the metric 'mine', which would be looked for"),
        ({"use_prompt": "prompts.yaml:one"}, "use_prompt: prompts.yaml:one"),
    ],
)
def test_code_and_prompts_from_elsewhere_are_refused(folder, changes, message):
    write_task(folder, "indirect", CHOICE, **changes)
    refused(folder, "indirect", message)


def test_a_prompt_cannot_reach_the_interpreter(folder, tmp_path):
    escape = "{{ cycler.__init__.__globals__.os.mkdir('escaped') }}"
    write_task(folder, "escaping", CHOICE, doc_to_text=escape)
    with pytest.raises(RequestError, match="SecurityError"):
        load(folder, "escaping")
    assert not (tmp_path / "escaped").exists()


def test_code_that_a_model_writes_is_never_run(folder):
    write_task(folder, "dangerous", CHOICE, unsafe_code=True)
    with pytest.raises(RequestError, match="runs code that a model generates"):
        load(folder, "dangerous")


def test_a_packaged_task_that_runs_what_a_model_writes_is_refused_before_it_is_loaded():
    with pytest.raises(RequestError, match="lm_eval:humaneval: runs code that a model generates"):
        load_harness_tasks("lm_eval:humaneval", HarnessOptions())


@pytest.mark.parametrize("trusted", [False, True])
def test_a_metric_of_evaluate_runs_no_code_of_the_working_directory(tmp_path, trusted):
    (tmp_path / "rouge").mkdir()
    (tmp_path / "rouge" / "rouge.py").write_text("open('ran', 'w').close()\n")
    confine_metrics(trusted=trusted)
    with pytest.raises(RequestError, match=r"the metric 'rouge' of `evaluate` would be the code in"):
        evaluate.load("rouge")
    assert not (tmp_path / "ran").exists()


def test_the_code_of_a_metric_is_fetched_for_those_alone_who_trust_it(monkeypatch):
    fetched = []
    monkeypatch.setattr("evaluate.loading.evaluation_module_factory", lambda path, *_, **__: fetched.append(path))
    confine_metrics(trusted=False)
    with pytest.raises(RequestError, match="fetched from the Hugging Face Hub") as refusal:
        evaluate.load("rouge")
    assert "--trust-lm-eval-code" in str(refusal.value)
    assert fetched == []
    confine_metrics(trusted=True)
    with pytest.raises(AttributeError):  # there is no module behind what this factory returns
        evaluate.load("rouge")
    assert fetched == ["rouge"]


def test_a_folder_named_like_the_data_of_a_packaged_task_is_not_read_in_its_place(tmp_path, monkeypatch):
    (tmp_path / "openbookqa").mkdir()
    task = SimpleNamespace(DATASET_PATH="openbookqa")
    with pytest.raises(RequestError, match="'openbookqa' in the working directory would be read"):
        _check_data(task, "lm_eval:openbookqa", HarnessParameters(task="openbookqa"))
    _check_data(task, "lm_eval:openbookqa", HarnessParameters(task="openbookqa", path="evals"))
    (tmp_path / "json").mkdir()
    _check_data(SimpleNamespace(DATASET_PATH="json"), "lm_eval:own", HarnessParameters(task="own"))


def test_answers_without_number_to_one_question_are_refused(folder):
    write_task(folder, "endless", CHOICE, repeats=1_000_000_000_000)
    with pytest.raises(RequestError, match="repeats: 1,000,000,000,000 answers to each question; at most 1,000"):
        load(folder, "endless")
    write_task(folder, "often", CHOICE, repeats=64)
    assert load(folder, "often")
