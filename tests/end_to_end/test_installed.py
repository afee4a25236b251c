"""The program as people install it: from a wheel, built from the source archive, in an environment of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

import pytest

from leaderboard.tasks import default_catalogue
from tests.end_to_end.board_server import answer_of
from tests.synthetic.tasks import small_task

pytestmark = pytest.mark.end_to_end

CHECKOUT = Path(__file__).resolve().parents[2]


def _build(kind: str, source: Path, target: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    """The console script of an environment that has the wheel; its requirements are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    with tarfile.open(_build("sdist", CHECKOUT, folder / "sdist")) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    wheel = _build("wheel", source, folder / "wheel")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)],
        check=True,
    )
    (packages,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    (packages / "requirements.pth").write_text(sysconfig.get_path("purelib"))  # comes after the wheel's own package
    command = [python, "-c", "import leaderboard; print(leaderboard.__file__)"]
    result = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    assert Path(result.stdout).is_relative_to(folder)
    return folder / "venv" / "bin" / "leaderboard"


@pytest.fixture
def leaderboard(program, tmp_path):
    """Calls the installed program in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    environment |= {"COLUMNS": "100", "OMP_NUM_THREADS": "1", "LEADERBOARD_CACHE": str(tmp_path / "cache")}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [program, *arguments],
            cwd=tmp_path,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


def test_tasks_come_with_the_wheel(leaderboard):
    out, err = leaderboard("tasks", "list", "--format", "json").communicate(timeout=60)
    assert {row["task"] for row in json.loads(out)} == set(default_catalogue().tasks), err


def test_an_installed_program_measures_a_model(leaderboard, encoder_folder, tmp_path):
    task = small_task(tmp_path / "tasks")
    out, err = leaderboard("run", "--model", str(encoder_folder), "--task", str(task), "--json").communicate(
        timeout=300
    )
    need_a_hundred_examples = {"ece", "aurc"}
    rows = [row for row in json.loads(out) if row["metric"] not in need_a_hundred_examples]
    assert {row["status"] for row in rows} == {"measured"}, err
    assert (tmp_path / "results" / "leaderboard.db").exists()


def test_the_app_comes_with_the_wheel(leaderboard):
    pytest.importorskip("streamlit")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    process = leaderboard("app", "--port", str(port))
    try:
        assert answer_of(process, f"http://localhost:{port}/_stcore/health") == "ok"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
