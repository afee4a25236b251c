"""Python measures models: what it may be given, what it hears, and what it gets."""

import numpy as np
import pytest
import yaml

from leaderboard import Leaderboard
from leaderboard.api import BatchFinished, EvaluationFinished, EvaluationsPlanned, EvaluationStarted, ModelRefused
from leaderboard.errors import RequestError
from leaderboard.own_data.options import DataOptions
from leaderboard.recipes.probe import Probe
from tests.synthetic.tasks import small_task


@pytest.fixture
def small(tmp_path):
    return small_task(tmp_path / "tasks")


@pytest.fixture
def board(tmp_path):
    return Leaderboard(tmp_path / "store.db")


def test_a_run_is_heard_and_gives_a_frame(board, small, encoder_folder):
    heard = []
    result = board.run(encoder_folder, tasks=small, limit=8, device="cpu", progress=heard.append)
    kinds = [type(event) for event in heard if not isinstance(event, BatchFinished)]
    assert kinds == [EvaluationsPlanned, EvaluationStarted, EvaluationFinished]
    assert str(heard[0]) == "1 evaluation"
    assert str(heard[-1]).startswith("tiny-encoder/probe(small) · small: measured (")
    assert result.frame["subject"].unique().tolist() == ["tiny-encoder/probe(small)"]
    assert not result.failed
    assert "accuracy" in result._repr_html_()
    assert repr(result) == "RunReport(1 evaluation)"
    assert "tiny-encoder/probe(small)" in str(result)
    assert "  accuracy " in str(result)
    assert "brier" not in str(result)  # which is no headline metric
    assert max(map(len, str(result).splitlines())) <= 80
    again = board.run(encoder_folder, tasks=small, limit=8, device="cpu", progress=heard.append)
    assert [outcome.served for outcome in again.outcomes] == [True]
    assert str(heard[-1]) == "tiny-encoder/probe(small) · small: measured (from the store)"


def test_a_recipe_is_a_name_settings_a_file_or_a_recipe(board, small, encoder_folder, tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump({"recipe": "probe", "c": 0.5}))
    forms = ({"recipe": "probe", "c": 0.5}, file, str(file), Probe(recipe="probe", c=0.5))
    runs = [board.run(encoder_folder, tasks=small, limit=8, device="cpu", recipe=recipe) for recipe in forms]
    assert [outcome.served for run in runs for outcome in run.outcomes] == [False, True, True, True]
    named = board.run(encoder_folder, tasks=small, limit=8, device="cpu", recipe="zero_shot")
    assert [outcome.status.value for outcome in named.outcomes] == ["not_measured"]


def test_a_model_that_is_refused_leaves_the_others(board, small, encoder_folder, tmp_path):
    (tmp_path / "bad").mkdir()
    heard = []
    models = [tmp_path / "bad", encoder_folder]
    result = board.run(models, tasks=[small], limit=8, device="cpu", recipe="zero_shot", progress=heard.append)
    assert result.failed
    assert [event.reference for event in heard if isinstance(event, ModelRefused)] == [str(tmp_path / "bad")]
    assert [each.reference for each in result.refused] == [str(tmp_path / "bad")]
    assert repr(result) == "RunReport(1 evaluation, 1 refused model)"
    assert "not measured: " in str(result)
    assert "/bad: failed: " in " ".join(str(result).split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"suite": "cor"}, "Did you mean 'core'"),
        ({"axes": "biass"}, "Did you mean 'bias'"),
        ({"dtype": "float8"}, "unknown dtype 'float8'"),
        ({"recipe": {"recipe": "prob"}}, "unknown recipe 'prob'"),
        ({"device": "tpu"}, "no such device"),
        ({"limit": "x"}, "limit: 'x' is not a whole number of at least 1"),
        ({"limit": 0}, "limit: 0 is not"),
        ({"limit": -5}, "limit: -5 is not"),
        ({"limit": 100.0}, "limit: 100.0 is not"),
        ({"limit": True}, "limit: True is not"),
        ({"limit": 2**63}, "limit: 9223372036854775808 is not"),
        ({"seed": "a"}, "seed: 'a' is not a whole number between 0 and 4294967295"),
        ({"seed": 1.5}, "seed: 1.5 is not"),
        ({"seed": -1}, "seed: -1 is not"),
        ({"seed": 2**32}, "seed: 4294967296 is not"),
        ({"threads": 0}, "threads: 0 is not a whole number of at least 1"),
        ({"offline": "no"}, "offline: 'no' is neither True nor False"),
    ],
)
def test_a_wrong_request_makes_no_store(board, encoder_folder, tmp_path, words, message):
    with pytest.raises(RequestError, match=message):
        board.run(encoder_folder, **words)
    assert not (tmp_path / "store.db").exists()


@pytest.mark.slow
def test_numbers_of_numpy_are_numbers(board, small, encoder_folder):
    result = board.run(encoder_folder, tasks=small, limit=np.int64(8), seed=np.uint8(3), device="cpu")
    assert not result.failed


@pytest.mark.parametrize("function", ["run", "init_tasks"])
def test_an_unknown_argument_is_an_error_of_python(board, tmp_path, function):
    arguments = ("model",) if function == "run" else ()
    with pytest.raises(TypeError, match=rf"{function}\(\) got an unexpected keyword argument 'label_name'"):
        getattr(board, function)(*arguments, data="reviews.csv", label_name={"0": "negative"})
    assert not (tmp_path / "store.db").exists()


def test_a_task_file_may_change_between_two_calls(board, small, encoder_folder):
    first = board.run(encoder_folder, tasks=small, limit=8, device="cpu", recipe="zero_shot")
    small.write_text(small.read_text().replace("version: 1", "version: 2"))
    second = board.run(encoder_folder, tasks=small, limit=8, device="cpu", recipe="zero_shot")
    assert [run.outcomes[0].plan.task.version for run in (first, second)] == [1, 2]


def test_keys_and_columns_may_be_numbers():
    options = DataOptions.read("a.csv", {"text": 0, "label": 1, "label_names": {0: "negative", 1: "positive"}})
    assert (options.text, options.label, options.group) == ("0", "1", None)
    assert options.label_names == {"0": "negative", "1": "positive"}


def test_a_run_until_an_interval_is_narrow_says_so(board, small, encoder_folder):
    events = []
    result = board.run(encoder_folder, tasks=small, until=0.4, progress=events.append)
    (row,) = result.frame[result.frame["metric"] == "accuracy"].to_dict("records")
    assert "until ±0.4" in row["notes"] or "stopped at ±0.4 after" in row["notes"]
    assert board.run(encoder_folder, tasks=small, until="0.4").outcomes[0].served
    assert not board.run(encoder_folder, tasks=small).outcomes[0].served
