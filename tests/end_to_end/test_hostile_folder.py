"""Every kind of command in the folder of a model that also holds a file for whatever Python or a library might read."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from leaderboard.testing.models import tiny_bert
from tests.end_to_end.board_server import answer_of
from tests.synthetic.tasks import small_task

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

PROGRAMS = ("git", "keyring", "pip", "python", "python3", "gcc", "cc", "ldconfig", "nvidia-smi", "chromium", "uname")
"""What a library may look for on the PATH."""
LIBRARIES = ("libtorch_cpu.so", "libtorch_python.so", "libgomp.so.1", "libstdc++.so.6", "libsqlite3.so.0")
SETTINGS = {
    ".streamlit/config.toml": (
        '[server]\nenableCORS = false\nenableXsrfProtection = false\naddress = "0.0.0.0"\nenableStaticServing = true\n'
        'enableAgentApi = true\nfileWatcherType = "poll"\n[global]\ndevelopmentMode = true\n'
    ),
    ".streamlit/secrets.toml": 'LEADERBOARD_STORE = "postgresql://stolen@localhost:1/x"\nPYTHONPATH = "/nowhere"\n',
    ".git/config": "[core]\n\tfsmonitor = touch {marker}\n\tpager = touch {marker}\n\tsshCommand = touch {marker}\n",
    "plug_in-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n",
    "plug_in-1.0.dist-info/entry_points.txt": (
        "[leaderboard.protocols]\nplug_in = plug_in:X\n[leaderboard.recipes]\nplug_in = plug_in:X\n"
        "[sqlalchemy.dialects]\nsqlite = plug_in:X\n[sqlalchemy.plugins]\nplug_in = plug_in:X\n"
    ),
    "plug_in.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n",
    "plug_in.egg-info/entry_points.txt": "[leaderboard.protocols]\nplug_in = plug_in:X\n",
    "here.pth": "import plug_in\n",
    "pip.conf": "[global]\nindex-url = http://localhost:1/stolen\n",
    "pip.ini": "[global]\nindex-url = http://localhost:1/stolen\n",
    ".netrc": "machine localhost login stolen password stolen\n",
    ".env": "LEADERBOARD_STORE=postgresql://stolen@localhost:1/x\n",
    "setup.cfg": "[global]\nindex-url = http://localhost:1/stolen\n",
    "pyproject.toml": "[tool.streamlit]\n",
    "alembic.ini": "[alembic]\nscript_location = .\nsqlalchemy.url = postgresql://stolen@localhost:1/x\n",
    "env.py": "open({marker!r}, 'a').write('env.py of alembic')\n",
    "matplotlibrc": "backend: module://plug_in\n",
    ".pythonrc.py": "open({marker!r}, 'a').write('pythonrc')\n",
    ".numba_config.yaml": "debug: 1\n",
    "wandb/settings": "[default]\nbase_url = http://localhost:1\n",
    "tasks/accuracy/planted.yaml": "name: planted\n",
    "accelerate.yaml": "debug: true\n",
    "pyvenv.cfg": "home = .\n",
}
RECORDER = """
import os, sys

TRAP, LOG = os.environ["TRAP"], os.environ["TRAP_LOG"]


def hook(event, arguments):
    if event != "open" or not isinstance(arguments[0], (str, bytes)):
        return
    path = os.path.abspath(os.fsdecode(arguments[0]))
    if path.startswith(TRAP + os.sep):
        number = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(number, (path[len(TRAP) + 1:] + "\\n").encode())
        os.close(number)


sys.addaudithook(hook)
"""
"""Loaded by every Python process of the program: writes down which files of the folder are opened."""
OWN = ("config.json", "generation_config.json", "model.safetensors", "token", "vocab", "special_tokens", "results/")
"""Beginnings of the files that a command may open there: those of the model, and the store."""


class Trap:
    """A folder with a model and hostile files, and the program in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outside = folder / "model", folder / "outside"
        self.marker, self.log = self.outside / "marker", self.outside / "opened"
        (self.outside / "recorder").mkdir(parents=True)
        (self.outside / "recorder" / "sitecustomize.py").write_text(RECORDER)
        tiny_bert(self.folder)
        self.task = small_task(self.outside / "tasks")
        self.timing = _timing_task(self.outside / "tasks")
        self.script = self.outside / "bin" / "leaderboard"
        self.script.parent.mkdir()
        self.script.write_text(f"#!{sys.executable}\n{SCRIPT}")
        self.script.chmod(0o755)
        self._plant()

    def _plant(self) -> None:
        names = {*sys.stdlib_module_names, *packages_distributions(), "sitecustomize", "usercustomize", "plug_in"}
        for name in sorted(name.split("/")[0] for name in names if name.split("/")[0].isidentifier()):
            (self.folder / f"{name}.py").write_text(f"open({str(self.marker)!r}, 'a').write({name + chr(10)!r})\n")
        for name in PROGRAMS:
            (self.folder / name).write_text(f"#!/bin/sh\necho {name} >> {self.marker}\nexit 1\n")
            (self.folder / name).chmod(0o755)
        for name in LIBRARIES:
            (self.folder / name).write_text("no library: whoever loads it ends\n")
        for name, content in SETTINGS.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(
                content.replace("{marker!r}", repr(str(self.marker))).replace("{marker}", str(self.marker))
            )

    def environment(self, **more: str) -> dict[str, str]:
        """Search paths with an empty entry, as careless shell scripts leave them, unless `more` says otherwise."""
        path = _absolute(os.pathsep.join([str(self.outside / "recorder"), os.environ.get("PYTHONPATH", "")]))
        own = {
            "COLUMNS": "100",
            "HF_HOME": str(self.outside / "hub"),
            "LEADERBOARD_CACHE": str(self.outside / "cache"),
            "OMP_NUM_THREADS": "1",
            "PATH": f":{os.environ['PATH']}",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.outside / "hub"),
            "PYTHONPATH": path,
            "STREAMLIT_SERVER_HEADLESS": "true",
            "TRAP": str(self.folder),
            "TRAP_LOG": str(self.log),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADERBOARD_", "PIP_"))}
        return kept | own | more

    def start(self, how: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        self.marker.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        return subprocess.Popen(
            [*([self.script] if how == CONSOLE_SCRIPT else [sys.executable, "-m", "leaderboard"]), *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def check(self, output: str) -> None:
        assert not self.marker.exists(), f"ran: {self.marker.read_text()}\n{output}"
        opened = self.log.read_text().splitlines() if self.log.exists() else []
        assert [name for name in opened if not name.startswith(OWN)] == [], output


CONSOLE_SCRIPT, MODULE = "console script", "python -m"
SCRIPT = """
import sys
from leaderboard.entry import main
if __name__ == "__main__":
    sys.exit(main())
"""
"""As pip writes it."""
FIRST_OF_PYTHON = frozenset(
    "__future__ abc ast codecs collections contextlib copyreg encodings enum functools genericpath importlib io keyword"
    " leaderboard ntpath operator os posixpath re reprlib runpy site sitecustomize stat types usercustomize"
    " warnings".split()
)
"""What `python -m` itself may import from the working directory before any line of the program."""


def _absolute(path: str) -> str:
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if Path(entry).is_absolute())


def _timing_task(folder: Path) -> Path:
    content = {
        "name": "quick",
        "version": 1,
        "axis": "latency",
        "protocol": "latency",
        "description": "Time and memory of one answer.",
        "adapt_to": "small",
        "data": {"same_as": "small"},
        "parameters": {"samples": 20, "warm_up": 10},
        "metrics": ["latency_ratio", "latency_p50", "peak_memory"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    path = folder / "latency" / "quick.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> tuple[str, Trap]:
    """The console script. Once it has started, nothing depends on how: most commands are tried by it alone."""
    return CONSOLE_SCRIPT, Trap(tmp_path_factory.mktemp("trap"))


@pytest.fixture(scope="module", params=[CONSOLE_SCRIPT, MODULE])
def trap(request, tmp_path_factory) -> tuple[str, Trap]:
    if request.param == CONSOLE_SCRIPT:
        return request.getfixturevalue("script")
    trap = Trap(tmp_path_factory.mktemp("trap"))
    for name in FIRST_OF_PYTHON:
        (trap.folder / f"{name}.py").unlink(missing_ok=True)
    return MODULE, trap


def _run(trap: tuple[str, Trap], *arguments: str, status: int = 0, **environment: str) -> str:
    """What a command prints; that of its errors where it should fail."""
    how, folder = trap
    process = folder.start(how, *arguments, **environment)
    output, errors = process.communicate(timeout=500)
    folder.check(output + errors)
    assert process.returncode == status, output + errors
    return errors if status else output


def test_a_run_with_its_child_for_peak_memory(trap):
    """The first command: it makes the store that the others read."""
    folder = trap[1]
    tasks = ("--task", str(folder.task), "--task", str(folder.timing))
    rows = json.loads(_run(trap, "run", "--model", ".", *tasks, "--recipe", "probe", "--json", "--offline"))
    assert {row["status"] for row in rows if row["metric"] == "peak_memory"} == {"measured"}


@pytest.mark.mirror
def test_a_search_in_two_processes(trap, mirror):
    folder = trap[1]
    space = {"base": "probe", "others": "off", "levers": {"c": {"low": 0.01, "high": 1, "log": True}}}
    (folder.outside / "one.yaml").write_text(yaml.safe_dump(space))
    output = _run(
        trap,
        *("search", "--model", ".", "--suite", "demo", "--limit", "20", "--maximize", "accuracy", "--study", "two"),
        *("--space", str(folder.outside / "one.yaml"), "--sampler", "random", "--trials", "2", "--jobs", "2"),
        LEADERBOARD_MIRROR=str(mirror),
        status=1,
    )
    assert "is not reachable from here" in output, "a process began a trial, whose data is a package"


def test_a_training_in_two_processes(script):
    """As on two GPUs; a script of its own, since the command line trains on one CPU."""
    _, folder = script
    program = folder.outside / "training.py"
    program.write_text(TRAINING)
    folder.marker.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", program, folder.outside],
        cwd=folder.folder,
        env=folder.environment(PATH=os.environ["PATH"]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    folder.check(done.stdout + done.stderr)
    assert "expected failure" in done.stdout, done.stderr


TRAINING = """
import sys
from pathlib import Path

import torch

from leaderboard.errors import LeaderboardError
from leaderboard.training.distributed import train_on
from leaderboard.training.settings import TrainingSettings


class Network(torch.nn.Linear):
    pass


def make():
    from leaderboard.errors import LeaderboardError
    if __name__ != "__main__":
        raise LeaderboardError("expected failure: this process of the training started")
    return torch.nn.Linear(1, 1)


if __name__ == "__main__":
    cpu = torch.device("cpu")
    try:
        train_on([cpu, cpu], make, None, TrainingSettings(), folder=Path(sys.argv[1]) / "training", seed=0)
    except LeaderboardError as error:
        print(error)
"""


def test_a_package_that_pip_is_configured_to_find(script):
    output = _run(script, "run", "--model", "package:no-such-package", "--task", str(script[1].task), status=2)
    assert "no wheel of no-such-package" in output
    assert "stolen" not in output


@pytest.mark.parametrize(
    "command",
    [
        ("doctor", "--model", "."),
        ("tasks", "list"),
        ("metrics",),
        ("recipes", "list"),
        ("results",),
        ("rank",),
        ("search", "list"),
        ("observations", "--subject", "model/probe(small)", "--task", "small", "--format", "jsonl"),
        ("export", "--output", "results/out.json"),
        ("recompute",),
        ("cache", "list"),
    ],
    ids=" ".join,
)
def test_other_commands(script, command):
    _run(script, *command)


def test_the_loader_of_shared_libraries_does_not_search_the_folder(script):
    _run(script, "doctor", LD_LIBRARY_PATH=f":{os.environ.get('LD_LIBRARY_PATH', '')}")


def test_the_board_obeys_no_settings_of_the_folder(trap):
    pytest.importorskip("streamlit")
    how, folder = trap
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    process = folder.start(how, "app", "--port", str(port))
    address = f"http://localhost:{port}"
    try:
        assert answer_of(process, f"{address}/_stcore/health") == "ok"
        assert _socket_answers(port) == 101, "the board's own page"
        assert _socket_answers(port, origin="http://evil.example") == 403
        assert _socket_answers(port, host="evil.example") == 403, "a name that somebody lets point here"
        request = urllib.request.Request(f"{address}/_stcore/health", headers={"Origin": "http://evil.example"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            assert "Access-Control-Allow-Origin" not in answer.headers
        listening = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else ""
        assert f"00000000:{port:04X}" not in listening, "to this machine only"
    finally:
        process.send_signal(signal.SIGINT)
        output = "".join(process.communicate(timeout=30))
    folder.check(output)
    assert "stolen" not in output


def _socket_answers(port: int, *, origin: str = "", host: str = "localhost") -> int:
    """Status of opening the web socket through which a page reads everything."""
    with socket.create_connection(("localhost", port), timeout=10) as connection:
        connection.sendall(
            (
                f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Origin: {origin or f'http://localhost:{port}'}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ).encode()
        )
        return int(connection.recv(100).split()[1])
