"""Tasks of lm-evaluation-harness as a user runs them, on a tiny model."""

import json
import os
import signal
import time

import pytest

from tests.synthetic.harness import harness_tasks

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def guests(leaderboard, tmp_path):
    """Runs tasks of a local folder."""
    harness_tasks(tmp_path / "evals")
    leaderboard.environment |= {"HF_HOME": str(tmp_path / "hub"), "LEADERBOARD_CACHE": str(tmp_path / "cache")}

    def command(model, *tasks):
        named = [argument for task in tasks for argument in ("--task", f"lm_eval:{task}")]
        return "run", "--model", str(model), "--lm-eval-path", "evals", *named, "--offline", "--json"

    return command


def test_a_task_goes_from_its_file_to_the_store_and_is_served_from_it(leaderboard, guests, causal_folder):
    command = guests(causal_folder, "tiny_choice", "tiny_group", "tiny_writing")
    first = leaderboard(*command)
    assert first.returncode == 0, first.stderr
    rows = {(row["task"], row["metric"]): row for row in json.loads(first.stdout)}
    accuracy = rows["lm_eval:tiny_choice", "accuracy"]
    assert accuracy["n"] == 24
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]
    assert rows["lm_eval:tiny_group", "accuracy:tiny_choice"]["value"] == accuracy["value"]
    assert ("lm_eval:tiny_writing", "exact_match:any") in rows

    second = leaderboard(*command)
    assert json.loads(second.stdout) == json.loads(first.stdout)
    assert "evaluations served from the store: 3" in second.stderr

    listing = leaderboard(
        "observations", "--subject", accuracy["subject"], "--task", "lm_eval:tiny_choice", "--format", "jsonl"
    )
    (sample, *_) = [json.loads(line) for line in listing.stdout.splitlines()]
    assert "doc_hash" in json.dumps(sample)
    assert leaderboard("recompute").stdout == "evaluations recomputed: 3, unchanged: 0\n"
    again = json.loads(leaderboard("results", "--task", "lm_eval:tiny_choice", "--format", "json").stdout)
    assert {row["metric"]: row["value"] for row in again}["accuracy"] == accuracy["value"]
    assert "of 100 examples" in json.loads(leaderboard("rank", "--format", "json").stdout)[0]["not_ranked"]


def test_a_killed_run_goes_on_where_it_was(leaderboard, guests, causal_folder):
    command = guests(causal_folder, "tiny_choice", "tiny_text", "tiny_continuation", "tiny_writing")
    process = leaderboard.start(*command)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if leaderboard.store.exists() and "tiny_choice" in leaderboard("results", "--format", "csv").stdout:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    run = leaderboard(*command)
    assert run.returncode == 0, run.stderr
    assert "evaluations served from the store: " in run.stderr
    assert {row["status"] for row in json.loads(run.stdout)} == {"measured"}


def test_what_a_masked_model_cannot_do_is_not_measured(leaderboard, guests, masked_folder):
    run = leaderboard(*guests(masked_folder, "tiny_choice"), "--recipe", "zero_shot")
    assert run.returncode == 0, run.stderr
    assert all("cannot compute log-likelihoods or generate" in row["reason"] for row in json.loads(run.stdout))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--task", "lm_eval:tiny_choise"], "Did you mean 'tiny_choice'?"),
        (["--lm-eval-path", "none"], "--lm-eval-path none: no such folder"),
        (["--num-fewshot", "-1"], "--num-fewshot"),
    ],
)
def test_a_wrong_request_is_told_in_one_message(leaderboard, guests, causal_folder, change, message):
    run = leaderboard(*guests(causal_folder, "tiny_choice"), *change)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stdout == ""
