"""What a file in the working directory must not do: be imported, loaded, executed or obeyed."""

import ast
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from leaderboard.cli.app import _LOOKS, _SAFETY, app
from leaderboard.evaluation import environment
from leaderboard.isolation import SafeSpawning, python_command, safe_environment
from leaderboard.settings import bundled_folder
from leaderboard.store.database import absolute_url

ROOT = Path(__file__).resolve().parents[1]
ENTRY = "from leaderboard.entry import main; main()"


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A working directory with a module that says that it ran; our own code stays on the path."""
    folder = tmp_path / "trap"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def plant(*names: str) -> Path:
        for name in names:
            (folder / f"{name}.py").write_text(f"print('ran {name}', flush=True)\n")
        return folder

    return plant


def output_of(command, **changes) -> str:
    environment = {**os.environ, **changes}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_a_child_finds_modules_where_its_parent_does(trap):
    trap("json")
    assert output_of([sys.executable, "-m", "json.tool", "--help"]).startswith("ran json"), "the trap works"
    command = python_command("json.tool", "--help")
    answer = output_of(command, **safe_environment())
    assert "ran" not in answer
    assert "usage:" in answer


def test_a_child_has_the_path_of_its_parent_and_nothing_relative(trap, monkeypatch):
    trap()
    monkeypatch.setattr(sys, "path", ["", ".", "/somewhere/special", *sys.path])
    code = "import sys, json; print(json.dumps(sys.path))"
    (python, flag, option, start) = python_command("leaderboard")
    answer = output_of([python, flag, option, start.splitlines()[0] + "\n" + code], **safe_environment())
    assert "/somewhere/special" in answer
    assert '""' not in answer
    assert '"."' not in answer
    assert str(Path.cwd()) not in answer


def test_multiprocessing_starts_without_the_working_directory(trap, tmp_path):
    trap("multiprocessing", "signal", "pickle")
    script = tmp_path / "starting.py"
    script.write_text(STARTING)
    assert "ran" in output_of([sys.executable, str(script)]), "the trap works"
    answer = output_of([sys.executable, str(script), "safely"])
    assert sorted(answer.splitlines()) == ["left as it was: True", "worked"]


STARTING = """
import contextlib, multiprocessing, os, sys
from leaderboard.isolation import SafeSpawning
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=print, args=("worked",))
    with SafeSpawning() if "safely" in sys.argv else contextlib.nullcontext():
        process.start()
    process.join()
    print("left as it was:", "PYTHONSAFEPATH" not in os.environ)
"""


def test_variables_are_as_before_behind_a_start(monkeypatch):
    monkeypatch.setenv("PATH", ":/usr/bin")
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    before = dict(os.environ)
    with SafeSpawning():
        assert os.environ["PYTHONSAFEPATH"] == "1"
        assert os.environ["PATH"] == "/usr/bin"
    assert dict(os.environ) == before


@pytest.mark.parametrize("name", ["PATH", "PYTHONPATH", "LD_LIBRARY_PATH"])
def test_search_paths_keep_their_absolute_entries_alone(monkeypatch, name):
    monkeypatch.setenv(name, os.pathsep.join(["", ".", "/one", "bin", "/two", ""]))
    assert safe_environment()[name] == os.pathsep.join(["/one", "/two"])
    monkeypatch.setenv(name, os.pathsep.join(["", "."]))
    assert name not in safe_environment()


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("path", ["{}:", ":{}", "{}:.", "{}:../trap"])
def test_relative_entries_of_the_path_of_modules_are_not_searched(trap, path):
    """Python searches them for what it imports itself; the program and its libraries are not found there."""
    trap("typer", "rich", "pandas", "yaml", "platformdirs")
    answer = output_of([sys.executable, "-c", ENTRY, "tasks", "list"], PYTHONPATH=path.format(ROOT))
    assert "ran" not in answer.split()
    assert "openbookqa" in answer


@pytest.mark.slow
def test_python_m_does_not_search_the_working_directory(trap):
    trap("signal", "enum", "re", "platformdirs", "typer", "yaml", "pathlib", "json")
    answer = output_of([sys.executable, "-m", "leaderboard", "tasks", "list"])
    assert "ran" not in answer.split()
    assert "openbookqa" in answer


@pytest.mark.slow
def test_a_checkout_that_is_not_installed_still_runs_in_its_folder():
    code = (
        "import leaderboard.isolation as isolation; isolation.isolate(); import leaderboard.store.database; print('ok')"
    )
    clean = [entry for entry in sys.path if entry and Path(entry) != ROOT]
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[1:] = {clean!r}; {code}"]
    environment = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "ok\n", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="LD_LIBRARY_PATH is Linux's")
def test_the_loader_does_not_search_the_working_directory(trap):
    folder = trap()
    (folder / "libsqlite3.so.0").write_text("no library")
    command = [sys.executable, "-c", "{}import sqlite3; print('loaded')"]
    assert "loaded" not in output_of([*command[:2], command[2].format("")], LD_LIBRARY_PATH=":/x"), "the trap works"
    safe = command[2].format("from leaderboard.isolation import isolate; isolate(); ")
    assert output_of([*command[:2], safe], LD_LIBRARY_PATH=":/x") == "loaded\n"


def test_the_revision_runs_no_program_of_the_working_directory_or_of_a_repository(trap, tmp_path, monkeypatch):
    folder, marker = trap(), tmp_path / "marker"
    (folder / "git").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (folder / "git").chmod(0o755)
    checkout = tmp_path / "checkout"
    for command in (
        ["git", "init", "-q", str(checkout)],
        [
            "git",
            "-C",
            str(checkout),
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
        ["git", "-C", str(checkout), "config", "core.fsmonitor", f"touch {marker};"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("PATH", f":{os.environ['PATH']}")
    monkeypatch.setenv("GIT_DIR", str(folder))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"touch {marker};")
    monkeypatch.setattr(environment, "__file__", str(checkout / "leaderboard" / "evaluation" / "environment.py"))
    assert environment._code_revision().startswith("0.")
    assert "+" in environment._code_revision()
    assert not marker.exists()


STARTS = {
    "run",
    "Popen",
    "call",
    "check_call",
    "check_output",
    "execv",
    "execve",
    "system",
    "popen",
    "Process",
    "spawnv",
}
SAFE = {
    "leaderboard/isolation.py",  # the mechanism
    "leaderboard/backends/local/cold_start.py",
    "leaderboard/backends/local/peak_memory.py",
    "leaderboard/cli/app.py",
    "leaderboard/data/package_indexes.py",
    "leaderboard/data/pattern_process.py",
    "leaderboard/data/process_rows.py",
    "leaderboard/evaluation/environment.py",
    "leaderboard/backends/local/models/vetting.py",
    "leaderboard/board/explaining.py",
    "leaderboard/testing/recipes.py",
    "leaderboard/training/distributed.py",
    "leaderboard/studies/workers.py",
}


def test_every_place_that_starts_a_process_does_so_in_isolation():
    places = set()
    for path in [*(ROOT / "leaderboard").rglob("*.py"), *bundled_folder("app").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in ("subprocess", "multiprocessing", "os.exec", "os.system", "os.popen")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STARTS:
                owner = ast.unparse(node.func.value)
                if owner in {"subprocess", "os", "context"} or owner.endswith("multiprocessing"):
                    places.add(path.relative_to(ROOT).as_posix())
    assert places == SAFE
    for name in SAFE - {"leaderboard/isolation.py"}:
        assert "from leaderboard.isolation import" in (ROOT / name).read_text(encoding="utf-8")


def test_the_board_is_started_in_its_own_folder_with_every_setting_that_opens_it(trap, monkeypatch):
    calls = []
    folder = trap("streamlit")
    monkeypatch.setattr("os.execve", lambda *call: calls.append((Path.cwd(), *call)))
    monkeypatch.setenv("PATH", f":{os.environ['PATH']}")
    app(store="results/mine.db", port=8600)
    (place, program, command, environment) = calls[0]
    assert place == bundled_folder("app") / "entry"
    assert (program, command[1]) == (sys.executable, "-P")
    assert environment["LEADERBOARD_STORE"] == str(folder / "results" / "mine.db")
    assert environment["PYTHONSAFEPATH"] == "1"
    assert not environment["PATH"].startswith(":")
    settings = dict(pairwise(command))
    assert {
        "--server.address": "localhost",
        "--server.enableCORS": "true",
        "--server.enableXsrfProtection": "true",
        "--server.enableStaticServing": "false",
        "--server.enableAgentApi": "false",
        "--server.port": "8600",
    }.items() <= settings.items()


def test_streamlit_knows_every_setting_of_the_board():
    config = pytest.importorskip("streamlit.config")
    options = {*_LOOKS, *_SAFETY, "server.allowedHosts", "secrets.files"}
    assert options <= set(config._config_options_template)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///results/a.db", "{}/results/a.db"),
        ("results/a?b.db", "{}/results/a?b.db"),
        ("sqlite:///results/plain", "sqlite:///{}/results/plain"),
        ("sqlite:////srv/a.db", "/srv/a.db"),
        ("postgresql://user:word@localhost/x", "postgresql://user:word@localhost/x"),
    ],
)
def test_a_store_is_the_same_one_from_another_folder(trap, url, expected):
    folder = trap()
    assert absolute_url(url) == expected.format(folder)
