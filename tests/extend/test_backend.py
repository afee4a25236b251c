"""A backend from a plug-in, without weights and without PyTorch, through the whole program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaderboard.identity import file_digest
from tests.synthetic.harness import harness_tasks, write_task
from tests.synthetic.tasks import small_task

HERE = Path(__file__).resolve().parent
pytestmark = pytest.mark.slow


def questions(folder: Path, count: int = 150) -> Path:
    """Write a task of questions, each of which has its answer among its words in two cases of three."""
    lines = [
        {
            "id": str(n),
            "question": f"is item{n} red or blue",
            "choices": ["green", f"item{n}"],
            "answer": int(n % 3 > 0),
        }
        for n in range(count)
    ]
    data = folder / "questions.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    content = {
        "name": "questions",
        "version": 1,
        "axis": "accuracy",
        "protocol": "multiple_choice",
        "description": "Which word was in the question?",
        "data": {
            "read": {"format": "jsonl", "fields": {name: name for name in ("id", "question", "choices", "answer")}},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "metrics": ["accuracy", "accuracy_norm"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    path = folder / "questions.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


WRITING = {
    "output_type": "generate_until",
    "doc_to_text": "Write this letter: {{ letter }}",
    "doc_to_target": "{{ letter }}",
    "generation_kwargs": {"until": ["\n"], "max_gen_toks": 4, "do_sample": False},
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
}


class Program:
    """The program in a folder of its own, with plug-ins installed in another one."""

    def __init__(self, folder: Path, plugins: Path) -> None:
        self._folder = folder
        own = ("LEADERBOARD_STORE", "LEADERBOARD_OFFLINE")
        kept = {name: value for name, value in os.environ.items() if name not in own}
        self._environment = kept | {"COLUMNS": "160", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(plugins)}

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; on its error stream where it is expected to fail."""
        done = self.python("-m", "leaderboard", *arguments)
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints as JSON."""
        rows: list[dict[str, Any]] = json.loads(self(*arguments, "--format", "json"))
        return rows

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self._folder, env=self._environment, text=True, capture_output=True, check=False, timeout=400
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The example, built and installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("backend")
    source = shutil.copytree(HERE / "backend", folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(source)], check=True, capture_output=True)
    return folder / "site"


@pytest.fixture
def copycat(installed, tmp_path) -> Program:
    return Program(tmp_path, installed)


def test_a_choice_and_a_text_are_measured_stored_ranked_and_served(copycat, tmp_path):
    questions(tmp_path)
    write_task(harness_tasks(tmp_path / "evals", documents=30), "writing", WRITING)
    tasks = ("--task", "questions.yaml", "--task", "lm_eval:writing", "--lm-eval-path", "evals")
    copycat("run", "--model", "copycat:words", *tasks)
    values = {(row["task"], row["metric"]): row for row in copycat.rows("results")}
    assert values["questions", "accuracy"]["value"] == pytest.approx(2 / 3)
    assert values["lm_eval:writing", "exact_match"]["value"] == 1.0
    assert {row["environment"] for row in values.values()} == {"copycat"}
    (ranked,) = copycat.rows("rank", "--task", "questions")
    assert ranked["subject"] == "words/zero_shot(questions)"
    assert ranked["rank"] == 1
    copycat("run", "--model", "copycat:words", *tasks)
    assert {(row["task"], row["metric"]): row for row in copycat.rows("results")} == values  # served, not measured
    copycat("export", "--output", "results.json")
    copycat("import", "results.json", "--store", "sqlite:///other.db")
    assert len(copycat.rows("results", "--store", "sqlite:///other.db")) == len(values)


def test_what_needs_weights_is_not_measured_and_says_why(copycat, tmp_path):
    small_task(tmp_path)
    copycat("run", "--model", "copycat:words", "--task", "accuracy/small.yaml", "--recipe", "finetune")
    (reason,) = {row["reason"] for row in copycat.rows("results")}
    assert reason == "the weights of words are not on this machine"


def test_a_probe_needs_hidden_states_and_says_so(copycat, tmp_path):
    small_task(tmp_path)
    copycat("run", "--model", "copycat:words", "--task", "accuracy/small.yaml", "--recipe", "probe")
    (reason,) = {row["reason"] for row in copycat.rows("results")}
    assert reason == "words gives no hidden states"


def test_a_wrong_reference_is_one_message(copycat, tmp_path):
    questions(tmp_path)
    message = copycat("run", "--model", "copycat:no name", "--task", "questions.yaml", code=2)
    assert "not of the form copycat:NAME" in message


def test_it_keeps_the_contract_where_it_is_installed(copycat):
    done = copycat.python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE / "backend" / "test_copycat.py"))
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
