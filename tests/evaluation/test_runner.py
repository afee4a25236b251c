import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import torch
import yaml
from sqlalchemy import select
from transformers import AutoTokenizer

from leaderboard import clock
from leaderboard.axes.accuracy.classification import Classification
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models import loading
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation import runner
from leaderboard.recipes.probe import Probe
from leaderboard.stats.estimate import Status
from leaderboard.store import repository
from leaderboard.store.errors import StoreLostError
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import RunStatus
from leaderboard.store.tables import ModelRow, RunRow
from tests.synthetic.tasks import small_task


@pytest.fixture
def loads(monkeypatch):
    """Names of the models that were loaded."""
    names = []
    load = loading.load

    def counting(resolved, device, **placed):
        names.append(resolved.name)
        return load(resolved, device, **placed)

    monkeypatch.setattr(loading, "load", counting)
    return names


@pytest.mark.slow
def test_the_tokens_before_every_text_are_kept_with_the_model(world, encoder_folder, causal_folder):
    world.run(world.plans(encoder_folder) + world.plans(causal_folder))
    with world.store.reading() as session:
        kept = {model.kind: model.details for model in session.scalars(select(ModelRow))}
    assert kept["encoder"]["before_every_text"] == ["[CLS]"]
    assert kept["causal"]["before_every_text"] == []
    assert kept["causal"]["instead_of_no_context"] == [AutoTokenizer.from_pretrained(causal_folder).bos_token]


def test_an_evaluation_ends_in_the_store_with_all_its_metrics(world, encoder_folder):
    (outcome,) = world.run(world.plans(encoder_folder))
    assert (outcome.status, outcome.served) == (Status.MEASURED, False)
    frame = estimates_frame(world.store)
    assert set(frame["metric"]) >= {"accuracy", "macro_f1", "mcc", "ece", "brier", "f1:macro avg"}
    accuracy = frame.set_index("metric").loc["accuracy"]
    assert accuracy["value"] > 0.8
    assert accuracy["low"] < accuracy["value"] <= accuracy["high"]
    assert (accuracy["subject"], accuracy["recipe"]) == (f"{encoder_folder.name}/probe(small)", "probe")


def test_what_a_model_can_do_as_it_comes_needs_no_data_to_learn_from(world, causal_folder, encoder_folder, monkeypatch):
    small_task(
        world.tasks, name="questions", protocol="lm_eval", data=None, prompt=None, metrics=["accuracy"],
        parameters={"task": "anything"},
    )  # fmt: skip
    monkeypatch.setattr(Probe, "prepare", lambda *_, **__: pytest.fail("prepared for nothing"))
    (outcome,) = world.run(world.plans(encoder_folder, names=["questions"]))
    assert outcome.status is Status.NOT_MEASURED
    assert outcome.reason.endswith("probe(small) cannot compute log-likelihoods or generate")


@pytest.mark.slow
def test_a_model_is_loaded_once_for_all_its_subjects(world, encoder_folder, loads):
    small_task(world.tasks, name="other")
    world.run(world.plans(encoder_folder, names=["small", "other"]))
    assert len(loads) == 1


def test_tasks_that_ask_the_same_share_the_answers(world, causal_folder, tmp_path):
    small = world.tasks / "accuracy" / "small.yaml"
    twin = {**yaml.safe_load(small.read_text()), "name": "twin"}
    small.with_name("twin.yaml").write_text(yaml.safe_dump(twin, sort_keys=False))
    computed = []
    answers = AnswerCache(tmp_path / "answers")
    engine = Engine(torch.device("cpu"), 1, lambda work, done, _total: computed.append((work, done)), answers)
    world.run(world.plans(causal_folder, names=["small"]), engine)
    assert sum(done for _, done in computed) > 0
    computed.clear()
    (outcome,) = world.run(world.plans(causal_folder, names=["twin"]), engine)
    assert (outcome.status, outcome.served) == (Status.MEASURED, False)
    assert computed == []


def test_what_is_stored_is_not_measured_again(world, encoder_folder, loads):
    first = world.run(world.plans(encoder_folder))
    again = world.run(world.plans(encoder_folder))
    assert [outcome.served for outcome in first + again] == [False, True]
    assert len(loads) == 1


def test_only_what_is_missing_is_measured(world, encoder_folder):
    small_task(world.tasks, name="other")
    world.run(world.plans(encoder_folder))
    outcomes = world.run(world.plans(encoder_folder, names=("small", "other")))
    assert {outcome.plan.task.name: outcome.served for outcome in outcomes} == {"small": True, "other": False}


@pytest.mark.slow
def test_each_model_is_loaded_once_for_all_its_tasks(world, encoder_folder, masked_folder, loads):
    small_task(world.tasks, name="other", adapt_to="small")
    world.run(world.plans(encoder_folder, masked_folder, names=("small", "other")))
    assert sorted(loads) == sorted([encoder_folder.name, masked_folder.name])


def test_a_missing_capability_is_not_measured_and_says_which(world, encoder_folder):
    (outcome,) = world.run(world.plans(encoder_folder, recipe="zero_shot"))
    assert outcome.status is Status.NOT_MEASURED
    assert "cannot classify" in outcome.reason
    frame = estimates_frame(world.store)
    assert set(frame["status"]) == {"not_measured"}
    assert frame["value"].isna().all()


def breaking(error):
    def observe(self, subject, splits, *, seed):
        raise error
        yield

    return observe


def test_a_failure_concerns_one_evaluation_and_the_rest_is_stored(world, encoder_folder, monkeypatch):
    small_task(world.tasks, name="other", adapt_to="small")
    observe = Classification.observe

    def failing_once(self, subject, splits, *, seed):
        if "small-0" in splits["test"][0].id or calls.append(1) or len(calls) == 1:
            raise ValueError("scores are NaN")
        yield from observe(self, subject, splits, seed=seed)

    calls = []
    monkeypatch.setattr(Classification, "observe", failing_once)
    outcomes = world.run(world.plans(encoder_folder, names=("small", "other")))
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.MEASURED]
    assert outcomes[0].reason == "ValueError: scores are NaN"


@pytest.mark.slow
def test_what_failed_is_tried_again_and_replaced(world, encoder_folder, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Classification, "observe", breaking(RuntimeError("no luck")))
        assert world.run(world.plans(encoder_folder))[0].status is Status.FAILED
    assert world.run(world.plans(encoder_folder))[0].status is Status.MEASURED
    frame = estimates_frame(world.store)
    needs_a_hundred_examples = frame["metric"].isin(["ece", "aurc"])
    assert set(frame.loc[~needs_a_hundred_examples, "status"]) == {"measured"}


def test_what_has_no_answer_is_not_asked_again(world, encoder_folder, monkeypatch):
    monkeypatch.setattr(Classification, "observe", breaking(NotMeasurableError("no classes here")))
    world.run(world.plans(encoder_folder))
    (again,) = world.run(world.plans(encoder_folder))
    assert (again.served, again.status, again.reason) == (True, Status.NOT_MEASURED, "no classes here")


def test_data_that_cannot_be_had_fails_the_evaluation_with_the_reason(world, encoder_folder):
    small_task(world.tasks, name="other", adapt_to="small")
    (world.tasks / "accuracy" / "other.tsv").write_text("changed")
    (outcome,) = world.run(world.plans(encoder_folder, names=("other",)))
    assert outcome.status is Status.FAILED
    assert "other.tsv" in outcome.reason


def test_training_data_of_one_class_is_not_measured(world, encoder_folder):
    ranges = {"negative": [0.0, 0.0], "positive": [5.0, 9.0]}
    path = world.tasks / "accuracy" / "small.yaml"
    content = yaml.safe_load(path.read_text())
    content["data"]["read"]["label_values"] = {}
    content["data"]["read"]["label_ranges"] = ranges
    path.write_text(yaml.safe_dump(content))
    (outcome,) = world.run(world.plans(encoder_folder))
    assert outcome.status is Status.NOT_MEASURED
    assert "at least 5 training examples of each class; split 'train' has " in outcome.reason
    assert " of negative, " in outcome.reason


@pytest.mark.slow
def test_an_interrupted_run_keeps_what_it_measured(world, encoder_folder, monkeypatch):
    small_task(world.tasks, name="other", adapt_to="small")
    plans = world.plans(encoder_folder, names=("small", "other"))
    carrying = runner.Runner.carry_out

    def interrupted(self, plan, workshop, run_id):
        if plan.task.name == "other":
            raise KeyboardInterrupt
        return carrying(self, plan, workshop, run_id)

    monkeypatch.setattr(runner.Runner, "carry_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        world.run(plans)
    assert world.store.evaluation(plans[0].identity).status is Status.MEASURED
    assert world.store.evaluation(plans[1].identity) is None


@pytest.mark.slow
def test_measuring_twice_gives_the_same_numbers(world, encoder_folder, tmp_path):
    from leaderboard.store.database import open_store

    first, second = world.store, open_store(f"sqlite:///{tmp_path}/second.db")
    world.run(world.plans(encoder_folder))
    world.store = second
    world.run(world.plans(encoder_folder))
    columns = ["metric", "value", "low", "high"]
    assert estimates_frame(first)[columns].equals(estimates_frame(second)[columns])


def test_a_task_whose_rows_were_trained_on_is_refused_by_name(world, encoder_folder):
    """The test rows of `copied` are the training rows of `small`."""
    small = world.tasks / "accuracy" / "small.yaml"
    copied = yaml.safe_load(small.read_text())
    copied |= {"name": "copied", "adapt_to": "small"}
    copied["data"]["splits"] = {"test": copied["data"]["splits"]["train"]}
    (world.tasks / "accuracy" / "copied.yaml").write_text(yaml.safe_dump(copied))
    (outcome,) = world.run(world.plans(encoder_folder, names=("copied",)))
    assert outcome.status is Status.FAILED
    assert re.search(r"trained on (\d+) of \1 rows of split 'test' of copied \(1 is small: 1", outcome.reason)
    (outcome,) = world.run(world.plans(encoder_folder, names=("copied",), recipe="zero_shot"))
    assert "cannot classify" in outcome.reason


@pytest.mark.slow
def test_notes_of_model_and_observations_are_kept_with_the_evaluation(world, encoder_folder, monkeypatch):
    load = loading.load
    noted = "rows are computed one at a time"
    monkeypatch.setattr(
        loading, "load", lambda *arguments, **placed: replace(load(*arguments, **placed), notes=(noted,))
    )
    monkeypatch.setattr(Classification, "notes", lambda _, observations: (f"{len(observations)} examples were seen",))
    world.run(world.plans(encoder_folder))
    (evaluation,) = world.store.evaluations()
    count = len(world.store.observations_of(evaluation.identity))
    assert (evaluation.notes[0], evaluation.notes[-1]) == (noted, f"{count} examples were seen")
    assert set(estimates_frame(world.store)["notes"]) == {"; ".join(evaluation.notes)}


class Panic(BaseException):
    """What Rust code raises when it panics: no Exception."""


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "value", [float("nan"), 2**70, object(), "half \ud83d"], ids=["NaN", "large", "object", "half a pair"]
)
def test_an_evaluation_that_cannot_be_stored_failed_and_the_next_one_is_measured(
    world, encoder_folder, monkeypatch, value
):
    small_task(world.tasks, name="second")
    observe = Classification.observe

    def observing(protocol, subject, splits, *, seed):
        for observation in observe(protocol, subject, splits, seed=seed):
            yield replace(observation, data={**observation.data, "odd": value}) if next(odd) else observation

    odd = iter([True] + [False] * 1000)
    monkeypatch.setattr(Classification, "observe", observing)
    first, second = world.run(world.plans(encoder_folder, names=("small", "second")))
    if value in {2**70, "half \ud83d"}:  # JSON has a word for it; half a pair is stored as a mark in its place
        assert first.status is Status.MEASURED
    else:
        assert first.status is Status.FAILED
        assert "cannot be stored" in first.reason
        assert world.store.evaluation(first.plan.identity).reason == first.reason
    assert second.status is Status.MEASURED


@pytest.mark.slow
def test_a_panic_in_foreign_code_fails_one_evaluation(world, encoder_folder, monkeypatch):
    small_task(world.tasks, name="second")
    observe = Classification.observe
    panics = iter([True, False])

    def observing(protocol, *arguments, **named):
        if next(panics):
            raise Panic("index out of range")
        yield from observe(protocol, *arguments, **named)

    monkeypatch.setattr(Classification, "observe", observing)
    first, second = world.run(world.plans(encoder_folder, names=("small", "second")))
    assert (first.status, first.reason) == (Status.FAILED, "Panic: index out of range")
    assert second.status is Status.MEASURED


@pytest.mark.slow
def test_a_clock_that_was_set_back_ends_no_run(world, encoder_folder, monkeypatch):
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)

    class SetBack(datetime):
        times = iter([noon - timedelta(minutes=each) for each in range(100)])

        @classmethod
        def now(cls, tz=None):
            return next(cls.times)

    for module in (runner, repository, clock):
        monkeypatch.setattr(module, "datetime", SetBack)
    (outcome,) = world.run(world.plans(encoder_folder))
    assert outcome.status is Status.MEASURED
    with world.store.reading() as session:
        run = session.scalars(select(RunRow)).one()
    assert run.status is RunStatus.FINISHED
    assert run.ended_at == run.started_at == noon


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced", "log deleted"])
def test_a_store_that_is_gone_stops_the_run_and_says_so(world, encoder_folder, monkeypatch, tmp_path, fate):
    small_task(world.tasks, name="second")
    file = tmp_path / "store.db"
    observe = Classification.observe

    def observing(protocol, *arguments, **named):
        yield from observe(protocol, *arguments, **named)
        match fate:
            case "deleted":
                file.unlink(missing_ok=True)
            case "moved":
                file.rename(tmp_path / "elsewhere.db")
            case "replaced":
                shutil.copy(file, tmp_path / "copy.db")
                (tmp_path / "copy.db").replace(file)
            case "log deleted":
                (tmp_path / "store.db-wal").unlink()

    monkeypatch.setattr(Classification, "observe", observing)
    with pytest.raises(StoreLostError, match=r"(deleted or moved|replaced|write-ahead log)(.|\n)*in the cache"):
        world.run(world.plans(encoder_folder, names=("small", "second")))
