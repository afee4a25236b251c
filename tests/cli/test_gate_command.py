"""A release engineer's day: save a baseline, let a good change through, stop a worse model, read why."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from leaderboard.cli.main import app
from leaderboard.store.database import open_store
from leaderboard.store.gates import gate_runs
from leaderboard.store.records import Verdict
from tests.synthetic.shown import write_shown

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "gate" / "examples"
GATE = """\
name: release
baseline: main
rules:
  - accuracy.movies >= 0.6
  - non_inferior: accuracy.movies
    margin: 0.1
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Path:
    """A store of made-up subjects, `large` better than `middle` better than `tiny`, and a baseline of `middle`."""
    folder = tmp_path_factory.mktemp("released")
    store = open_store(f"sqlite:///{folder}/store.db")
    write_shown(store, {"large": 0.82, "middle": 0.7, "tiny": 0.1})
    store.close()
    saved = CliRunner().invoke(
        app, ["baseline", "save", "main", "--subject", "middle", "-o", f"{folder}/baselines", *at(folder)]
    )
    assert saved.exit_code == 0, saved.output
    for name in ("large", "tiny"):
        written = ["export", "--observations", "--subject", name, "-o", f"{folder}/{name}.json"]
        assert CliRunner().invoke(app, [*written, *at(folder)]).exit_code == 0
    return folder


def at(folder: Path) -> list[str]:
    return ["--store", f"sqlite:///{folder}/store.db"]


@pytest.fixture
def repository(shown, tmp_path, monkeypatch) -> Path:
    """A working folder with all of that and a gate."""
    folder = tmp_path / "repository"
    shutil.copytree(shown, folder)
    (folder / "gate.yaml").write_text(GATE)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    return folder


def call(*arguments: str, folder: Path = Path()):
    return CliRunner().invoke(app, [*arguments, *at(folder.resolve())])


def test_a_good_change_passes_and_a_worse_model_fails_with_a_readable_reason(repository):
    good, worse = (call("gate", "--subject", name) for name in ("large", "tiny"))
    assert good.exit_code == 0, good.output
    assert good.output.splitlines()[-1] == "PASS: 2 rules passed"
    assert worse.exit_code == 1
    text = " ".join(worse.output.split())
    assert "FAIL accuracy.movies.accuracy no worse than baseline by 0.1" in text
    assert "(paired); minimum detectable effect" in text
    assert worse.output.splitlines()[-1].startswith("FAIL: ")
    assert max(map(len, worse.output.splitlines())) <= 80


def test_a_document_is_judged_without_a_database(repository):
    judged = call("gate", "--results", "tiny.json", "--format", "json", folder=repository / "nowhere")
    assert judged.exit_code == 1
    report = json.loads(judged.stdout)
    assert (report["verdict"], report["baseline"]) == ("fail", "main (baselines/main.json)")
    assert report["rules"][1]["outcome"] == "fails"
    assert report["rules"][1]["line"] == 5
    assert not (repository / "nowhere").exists()


def test_a_document_and_the_store_give_the_same_verdicts(repository):
    first, second = (
        json.loads(call("gate", *which, "--format", "json").stdout)
        for which in (["--subject", "large"], ["--results", "large.json"])
    )
    assert first["rules"] == second["rules"]


@pytest.mark.slow
def test_every_run_is_kept_unless_that_is_not_wanted(repository):
    call("gate", "--subject", "tiny")
    call("gate", "--subject", "large", "--no-record")
    store = open_store(f"sqlite:///{repository}/store.db")
    newest, *_ = gate_runs(store)
    store.close()
    assert (newest.subject, newest.verdict, newest.gate) == ("tiny/zero_shot", Verdict.FAIL, "release")
    assert newest.rules[0].rule == "accuracy.movies.accuracy >= 0.6"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("setting", "status"), [("", 3), ("inconclusive: fail", 1), ("cannot_tell: pass", 0)])
def test_too_few_examples_end_with_three_or_as_the_file_says(repository, setting, status):
    value = json.loads(call("gate", "--subject", "large", "--format", "json").stdout)["rules"][0]["value"]
    Path("gate.yaml").write_text(f"{setting}\nrules: [accuracy.movies >= {value}]\n")
    judged = call("gate", "--subject", "large", "--no-record")
    assert f"the interval contains {value:.3f}" in " ".join(judged.output.split())
    assert judged.exit_code == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "none.yaml"], "none.yaml: no such file"),
        ([], "several subjects\n  Choose one with --subject: large/zero_shot, middle/zero_shot, tiny/zero_shot"),
        (["--subject", "larg3"], "unknown subject 'larg3'"),
        (["--subject", "large", "--baseline", "mian.json"], "unknown baseline 'mian.json'"),
        (["--subject", "large", "--baseline", "mian"], "Did you mean 'main'?"),
        (["--config", "nope.yaml"], "leaderboard gate init --output nope.yaml"),
        (["--results", "gate.yaml"], "not a result document"),
        (["--subject", "large", "--junit", "none/j.xml"], "--junit none/j.xml: cannot be written"),
        (["--subject", "large", "--format", "xml"], "unknown format 'xml'"),
    ],
)
def test_a_wrong_request_ends_with_two_and_says_what_is_right(repository, arguments, message):
    judged = call("gate", *arguments)
    assert judged.exit_code == 2
    assert message in judged.output


def test_a_gate_that_was_begun_for_a_subject_is_kept_by_it(repository):
    begun = call("gate", "init", "--subject", "large", "--force")
    assert begun.exit_code == 0, begun.output
    judged = call("gate", "--subject", "large")
    assert judged.exit_code == 0, judged.output
    assert len(yaml.safe_load(Path("gate.yaml").read_text())["rules"]) >= 6
    refused = call("gate", "init", "--subject", "large")
    assert refused.exit_code == 2
    assert "gate.yaml: already exists" in refused.output


def test_baselines_are_listed_and_not_replaced_unasked(repository):
    listed = CliRunner().invoke(app, ["baseline", "list"])
    assert "middle/zero_shot" in listed.output
    assert call("baseline", "save", "main", "--subject", "tiny").exit_code == 2
    assert call("baseline", "save", "../main", "--subject", "tiny").exit_code == 2
    assert sorted(path.name for path in Path("baselines").iterdir()) == ["main.json"]


@pytest.mark.parametrize(
    ("link", "command"),
    [
        ("baselines/main.json", ("baseline", "save", "main", "--force", "--subject", "tiny")),
        ("baselines/new.json", ("baseline", "save", "new", "--subject", "tiny")),
        ("gate.yaml", ("gate", "init", "--force", "--subject", "tiny")),
    ],
)
def test_nothing_is_written_through_a_link_out_of_the_folder(repository, tmp_path, link, command):
    precious = tmp_path / "precious"
    if link != "baselines/new.json":
        precious.write_text("mine")
    Path(link).unlink(missing_ok=True)
    Path(link).symlink_to(precious)
    refused = call(*command)
    assert refused.exit_code == 2
    assert f"{link}: is a link to {precious}, outside its folder" in refused.output
    assert not precious.exists() or precious.read_text() == "mine"


def test_a_baseline_may_be_a_link_to_another_one_beside_it(repository):
    Path("baselines/latest.json").symlink_to("main.json")
    assert call("baseline", "save", "latest", "--force", "--subject", "tiny").exit_code == 0
    assert "tiny" in Path("baselines/main.json").read_text()


@pytest.mark.end_to_end
@pytest.mark.parametrize(("name", "status"), [("large", 0), ("tiny", 1)])
def test_the_example_for_pytest_fails_with_the_reason(repository, name, status):
    shutil.copy(EXAMPLES / "test_model_gate.py", "test_model_gate.py")
    shutil.copy(f"{name}.json", "results.json")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_model_gate.py"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LEADERBOARD_STORE": f"sqlite:///{repository}/none.db"},
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert ("accuracy.movies.accuracy no worse than baseline by 0.1" in done.stdout) is (status == 1)


def test_no_script_of_the_action_has_what_was_given_in_its_text():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    for example in ("workflow.yml", "pre-commit-config.yaml"):
        assert yaml.safe_load((EXAMPLES / example).read_text())


@pytest.mark.end_to_end
@pytest.mark.parametrize(("name", "status", "verdict"), [("large", 0, "pass"), ("tiny", 1, "fail")])
def test_the_action_judges_writes_its_reports_and_says_where(repository, tmp_path, name, status, verdict):
    step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"][1]
    command = tmp_path / "leader board"
    command.write_text(f'#!/bin/bash\nexec "{sys.executable}" -m leaderboard "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "runner temp").mkdir()
    environment = {
        "COMMAND": str(command),
        "CONFIG": "gate.yaml",
        "SUBJECT": "",
        "BASELINE": "main",
        "RESULTS": f"{name}.json",
        "STORE": f"sqlite:///{repository}/none.db",
        "PYTHONSAFEPATH": "1",
        "RUNNER_TEMP": str(tmp_path / "runner temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    assert set(step["env"]) <= set(environment)
    done = subprocess.run(
        ["/bin/bash", "-c", step["run"]], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["verdict"] == verdict
    assert all(Path(outputs[name]).is_file() for name in ("junit", "sarif", "markdown"))
    assert f"{verdict.upper()}" in (tmp_path / "summary").read_text()
    assert ("::error file=gate.yaml,line=5" in done.stdout) is (status == 1)


def test_what_is_given_to_the_action_is_never_run(repository, tmp_path):
    step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"][1]
    evil = "$(touch hit); touch hit; `touch hit`"
    environment = dict.fromkeys(step["env"], evil) | {
        "COMMAND": "/bin/echo",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    done = subprocess.run(
        ["/bin/bash", "-c", step["run"]], env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert f"--subject={evil}" in done.stdout.decode()
    assert not Path("hit").exists()
