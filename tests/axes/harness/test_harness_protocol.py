"""Tasks of lm-evaluation-harness as a protocol: what is observed, from the task file to the estimate."""

import json
import logging

import lm_eval
import pytest
import yaml
from lm_eval.tasks import TaskManager

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias.swaps import swapped_words
from leaderboard.axes.harness.model import HarnessModel
from leaderboard.axes.harness.output_suppression import suppressed_output
from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.subject import Subject
from leaderboard.errors import LeaderboardError, NotMeasurableError, RequestError
from leaderboard.evaluation.harness_tasks import HarnessOptions, load_harness_tasks
from leaderboard.stats.estimate import Status
from leaderboard.tasks import protocol_of
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates
from tests.synthetic.harness import CHOICE, write_task


def task_of(folder, name, **options):
    (task,) = load_harness_tasks(f"lm_eval:{name}", HarnessOptions(path=str(folder), **options))
    return task


def observed(folder, causal, name, **options):
    protocol = protocol_of(task_of(folder, name, **options))
    return protocol, list(protocol.observe(Subject(local_model(causal)), {}, seed=0))


class TestContract(ProtocolContract):
    @pytest.fixture(
        params=[
            "tiny_group",
            pytest.param("tiny_choice_shots", marks=pytest.mark.slow),
            pytest.param("tiny_writing", marks=pytest.mark.slow),
        ]
    )
    def protocol(self, request, folder):
        return protocol_of(task_of(folder, request.param))

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("name", ["tiny_choice_shots", "tiny_continuation", "tiny_text", "tiny_writing", "tiny_group"])
def test_values_are_those_of_the_harnesss_own_evaluation(name, folder, causal, engine):
    protocol, observations = observed(folder, causal, name)
    with suppressed_output():
        manager = TaskManager(include_defaults=False, include_path=str(folder))
        evaluation = lm_eval.simple_evaluate(
            HarnessModel(Subject(LocalModel(engine, causal))), tasks=[name], task_manager=manager, bootstrap_iters=0
        )
    ours = {metric: each.value for (metric, part), each in estimates(protocol, observations).items() if not part}
    own_names = {"accuracy": "acc", "accuracy_norm": "acc_norm"}
    compared = 0
    for metric, value in ours.items():
        theirs = [
            v for key, v in evaluation["results"][name].items() if key.split(",")[0] == own_names.get(metric, metric)
        ]
        if value is not None:
            assert value == pytest.approx(theirs[0], rel=1e-9)
            compared += 1
    assert compared


def test_samples_carry_the_hashes_of_the_harnesss_own_log(folder, causal, engine):
    _, observations = observed(folder, causal, "tiny_choice_shots")
    with suppressed_output():
        manager = TaskManager(include_defaults=False, include_path=str(folder))
        evaluation = lm_eval.simple_evaluate(
            HarnessModel(Subject(LocalModel(engine, causal))),
            tasks=["tiny_choice_shots"],
            task_manager=manager,
            bootstrap_iters=0,
        )
    logged = {sample["doc_id"]: sample for sample in evaluation["samples"]["tiny_choice_shots"]}
    assert len(logged) == len(observations) == 8
    for observation in observations:
        sample = logged[observation.data["document"]]
        assert {key: observation.data[key] for key in ("doc_hash", "prompt_hash", "target_hash")} == {
            key: sample[key] for key in ("doc_hash", "prompt_hash", "target_hash")
        }
        assert {score["metric"]: score["value"] for score in observation.data["scores"]} == {
            metric: sample[metric] for metric in sample["metrics"]
        }


def test_every_filter_is_seen(folder, causal, engine):
    _, observations = observed(folder, causal, "tiny_writing")
    assert [score["filter"] for score in observations[0].data["scores"]] == ["first", "any"]


def test_a_limit_takes_the_first_documents(folder, causal, engine):
    _, observations = observed(folder, causal, "tiny_choice", limit=3)
    assert [observation.example_id for observation in observations] == [f"tiny_choice/{number}" for number in range(3)]


def test_a_chat_template_is_recorded_with_every_sample(folder, causal, engine, monkeypatch):
    monkeypatch.setattr(causal.tokenizer, "chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}!")
    _, observations = observed(folder, causal, "tiny_choice", chat_template=True, limit=1)
    assert len(observations[0].data["chat_template"]) == 64


def test_without_a_chat_template_of_its_own_a_model_is_not_measured(folder, causal, engine):
    with pytest.raises(NotMeasurableError, match="has no chat template"):
        observed(folder, causal, "tiny_choice", chat_template=True)


def test_a_task_that_changed_since_it_was_planned_is_not_observed(folder, causal):
    protocol = protocol_of(task_of(folder, "tiny_choice"))
    write_task(folder, "tiny_choice", CHOICE, doc_to_text="Now: {{ question }}")
    with pytest.raises(LeaderboardError, match="changed since this run was planned"):
        list(protocol.observe(Subject(local_model(causal)), {}, seed=0))


def test_more_examples_than_there_are_is_told_in_one_message(folder, causal, engine):
    with pytest.raises(LeaderboardError, match="cannot build its prompts: Sample larger than population"):
        observed(folder, causal, "tiny_choice", num_fewshot=50)


PAIRS = """
def process_results(doc, results):
    (first, _), (second, _), *_ = results
    return {"likelihood_diff": abs(first - second), "pct_stereotype": float(first > second), "novelty": {1, 2}}

def last(values):
    return values[-1]
"""


@pytest.fixture
def coded(folder):
    """A task whose metrics are computed by Python code beside it."""
    (folder / "pairs.py").write_text(PAIRS)
    task_config = CHOICE | {"metric_list": [{"metric": name, "aggregation": "mean", "higher_is_better": False}
                                     for name in ("likelihood_diff", "pct_stereotype")]}  # fmt: skip
    path = write_task(folder, "coded", task_config)
    path.write_text(path.read_text() + "process_results: !function pairs.process_results\n")
    return folder


def test_stereotype_metrics_make_a_task_of_the_bias_axis(coded, causal, engine):
    task = task_of(coded, "coded", trust_code=True)
    assert (task.axis, task.protocol) == (Axis.BIAS, "lm_eval_bias")
    protocol, observations = observed(coded, causal, "coded", trust_code=True)
    results = estimates(protocol, observations)
    share = results["stereotype_preference", ""]
    assert share.value in [100 * k / 8 for k in range(9)]
    assert share.low < share.value < share.high or share.value in (0, 100)
    assert results["likelihood_difference", ""].value > 0


def test_the_words_that_two_sentences_swap_are_kept(coded, causal, engine):
    path = coded / "coded.yaml"
    text = path.read_text().replace("doc_to_choice: choices", "doc_to_choice: '{{ choices[:2] }}'")
    path.write_text(text.replace("doc_to_target: '{{ answer }}'", "doc_to_target: 0"))
    protocol, observations = observed(coded, causal, "coded", trust_code=True)
    documents = [json.loads(line) for line in (coded / "test.jsonl").read_text().splitlines()]
    assert [observation.data["swapped"] for observation in observations] == [
        swapped_words(*document["choices"][:2]) for document in documents[:8]
    ]
    assert estimates(protocol, observations)["stereotype_preference", ""].n == len(
        {tuple(observation.data["swapped"]) for observation in observations}
    )


def test_an_aggregation_without_a_name_is_kept_as_the_number_it_gave(coded, causal, engine):
    path = coded / "coded.yaml"
    path.write_text(path.read_text().replace("aggregation: mean", "aggregation: !function pairs.last", 1))
    protocol, observations = observed(coded, causal, "coded", trust_code=True)
    estimate = estimates(protocol, observations)["likelihood_difference", ""]
    assert estimate.value is not None
    assert estimate.low is None
    assert "own code" in estimate.method
    assert json.dumps([dict(observation.data) for observation in observations], allow_nan=False)


def test_a_metric_that_the_board_does_not_know_is_left_out_with_a_word(folder, caplog):
    task_config = CHOICE | {"metric_list": [{"metric": "acc"}, {"metric": "acc_bytes"}]}
    write_task(folder, "odd", task_config)
    with caplog.at_level(logging.WARNING):
        assert task_of(folder, "odd").metrics == ("accuracy",)
    assert "acc_bytes" in caplog.text


def test_a_task_with_no_metric_that_the_board_knows_is_refused(folder):
    write_task(folder, "odd", CHOICE | {"metric_list": [{"metric": "acc_bytes"}]})
    with pytest.raises(RequestError, match="reports acc_bytes, none of which this program supports"):
        task_of(folder, "odd")


def test_a_group_may_average_less_than_its_tasks_report(folder, causal, engine):
    protocol, observations = observed(folder, causal, "tiny_group")
    results = estimates(protocol, observations)
    assert results["accuracy", ""].n == 16
    assert results["accuracy_norm", ""].status is Status.NOT_MEASURED
    assert results["accuracy_norm", "tiny_choice"].n == 8


def test_a_tag_stands_for_its_tasks(folder):
    for name in ("one", "two"):
        write_task(folder, name, CHOICE, tag=["both"])
    options = HarnessOptions(path=str(folder))
    assert [task.name for task in load_harness_tasks("lm_eval:both", options)] == ["lm_eval:one", "lm_eval:two"]


def test_recomputing_needs_nothing_but_what_was_seen(folder, causal, engine):
    task = task_of(folder, "tiny_group")
    protocol, observations = observed(folder, causal, "tiny_group")
    again = protocol_of(type(task).model_validate(task.model_dump(mode="json")))
    for path in folder.iterdir():
        path.unlink()
    assert estimates(again, observations) == estimates(protocol, observations)
    assert HarnessParameters.model_validate(yaml.safe_load(yaml.safe_dump(task.parameters))).fingerprint is not None
