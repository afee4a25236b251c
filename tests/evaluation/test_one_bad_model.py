"""One bad model, whatever it breaks and wherever, is a failed row with a reason; the next model is measured."""

import json
import shutil
from pathlib import Path

import pytest

from leaderboard.axes.accuracy.classification import Classification
from leaderboard.backends.local.engine import layouts
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models import loading
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.testing.models import tiny_bert
from tests.synthetic.hostile import PANICKING, change


class PanicException(BaseException):
    """What Rust code raises when it panics: no Exception."""


RAISED = {
    "a panic": (PanicException("index out of bounds"), "PanicException: index out of bounds"),
    "an exit": (SystemExit(3), "SystemExit: 3"),
    "too deep": (RecursionError("maximum recursion depth exceeded"), "maximum recursion depth exceeded"),
    "an assertion": (AssertionError(), "AssertionError"),
    "a missing package": (ModuleNotFoundError("No module named 'evil'"), "No module named 'evil'"),
}
STAGES = {
    "load": (loading, "load_module"),
    "self-check": (layouts, "try_out"),
    "prepare": (EvaluationInputs, "_prepare"),
    "read data": (EvaluationInputs, "splits"),
    "observe": (Classification, "observe"),
    "estimate": (Classification, "estimate"),
    "notes": (Classification, "notes"),
    "batches": (Engine, "notes"),
    "store": (Store, "record"),
}


PANICS = [(stage, raised) for stage in STAGES for raised in ("a panic", "an exit")]
OTHERS = [(stage, raised) for stage in ("load", "observe") for raised in RAISED if raised not in {"a panic", "an exit"}]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("attack", [*PANICS, *OTHERS], ids=" ".join)
def test_one_failure_takes_no_other_model_with_it(world, encoder_folder, tmp_path, monkeypatch, attack):
    stage, raised = attack
    (error, reason), (place, name) = RAISED[raised], STAGES[stage]
    function, calls = getattr(place, name), []

    def failing_once(*positional, **keywords):
        calls.append(name)
        if len(calls) == 1:
            raise error
        return function(*positional, **keywords)

    monkeypatch.setattr(place, name, failing_once)
    if stage == "self-check":
        monkeypatch.setattr("leaderboard.backends.local.engine.engine.try_out", failing_once)
    other = tiny_bert(tmp_path / "other", masked_head=False, seed=1)
    bad, good = world.run(world.plans(encoder_folder, other))
    assert bad.status is Status.FAILED
    assert reason in bad.reason
    assert good.status is Status.MEASURED
    assert world.store.evaluation(bad.plan.identity).status is Status.FAILED


def test_an_interruption_is_none(world, encoder_folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Classification, "observe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        world.run(world.plans(encoder_folder))


@pytest.mark.slow
@pytest.mark.parametrize("when", PANICKING)
def test_a_tokenizer_that_panics_is_a_failed_row(world, encoder_folder, tmp_path, when):
    panicking = shutil.copytree(encoder_folder, tmp_path / "panicking")
    change(panicking / "tokenizer.json", **PANICKING[when])
    bad, good = world.run(world.plans(panicking, encoder_folder))
    assert bad.status is Status.FAILED
    assert "PanicException" in bad.reason
    assert good.status is Status.MEASURED


@pytest.mark.parametrize(
    "error", [PanicException("out of bounds"), SystemExit(3), RecursionError("too deep"), KeyError("x")]
)
def test_what_breaks_while_a_model_is_looked_at_is_one_message(encoder_folder, monkeypatch, error):
    def breaks(*_, **__):
        raise error

    monkeypatch.setattr("leaderboard.backends.local.models.reference.corrections_of", breaks)
    with pytest.raises(RequestError, match=f"cannot be read as those of a model: {type(error).__name__}"):
        resolve(ModelReference.parse(str(encoder_folder)), dtype="auto", device_type="cpu", offline=True)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "5", "{}", '{"model": 5}', '{"added_tokens": 5}', '{"model": {"vocab": []}}'],
)
def test_a_tokenizer_that_is_none_is_a_failed_row(world, encoder_folder, tmp_path: Path, text: str):
    """Its words are looked at for the identity of an evaluation, before anything is loaded."""
    broken = shutil.copytree(encoder_folder, tmp_path / "broken")
    (broken / "tokenizer.json").write_text(text)
    bad, good = world.run(world.plans(broken, encoder_folder))
    assert (bad.status, good.status) == (Status.FAILED, Status.MEASURED)
    assert json.dumps(bad.reason)
