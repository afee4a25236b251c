"""A secret in each place where one is kept, every kind of failure, and a look at all that was written."""

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from urllib.parse import quote

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from leaderboard.axes.accuracy.classification import Classification
from leaderboard.cli.main import app
from leaderboard.store import database
from leaderboard.store.errors import store_error
from tests.synthetic.tasks import small_task

SECRETS = {
    "index": "idx/Se+cr1t",
    "configured index": "cfgSecr2t",
    "proxy": "prx@Secr3t",
    "hub": "hf_hubSecr4tabcdefghijk",
    "endpoint": "sk-endSecr5t",
    "netrc": "netSecr6t",
    "store": "st0re/Secr7t",
    "parameter": "parSecr8t",
    "signature": "sigSecr9t",
}
URL = f"postgresql://me:{quote(SECRETS['store'], safe='')}@127.0.0.1:1/results"
PARAMETER_URL = f"postgresql://127.0.0.1:1/results?user=me&password={SECRETS['parameter']}"
LITERAL_URL = "postgresql://me:p@ss/parSecr8t@127.0.0.1:1/results"


def leaks(text):
    """The secrets that a text holds, in any form."""
    forms = {form for secret in SECRETS.values() for form in (secret, quote(secret, safe=""), quote(secret))}
    return sorted(form for form in forms if form.lower() in text.lower())


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A home, an environment and a pip configuration with a secret each."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {SECRETS['netrc']}\n")
    (home / "pip.conf").write_text(
        f"[global]\nextra-index-url = https://me:{SECRETS['configured index']}@127.0.0.1:9/simple\n"
        f"find-links = http://127.0.0.1:9/links?token={SECRETS['signature']}\n"
    )
    for name, value in {
        "HOME": str(home),
        "PIP_CONFIG_FILE": str(home / "pip.conf"),
        "PIP_INDEX_URL": f"https://me:{quote(SECRETS['index'], safe='')}@127.0.0.1:9/simple",
        "HTTP_PROXY": f"http://me:{quote(SECRETS['proxy'], safe='')}@127.0.0.1:9",
        "NO_PROXY": "*",
        "HF_TOKEN": SECRETS["hub"],
        "OPENAI_API_KEY": SECRETS["endpoint"],
        "COLUMNS": "100",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "LEADERBOARD_DEBUG", "NETRC", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments):
    """Exit status and all that was printed, an exception with what caused it included."""
    result = CliRunner().invoke(app, list(arguments), prog_name="leaderboard")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def server():
    """An index that refuses: 401 below /closed, 500 below /broken, 404 elsewhere."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status = 401 if "closed" in self.path else 500 if "broken" in self.path else 404
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield serving.server_address[1]
        serving.shutdown()


INDEXES = {
    "out of reach": "https://me:{}@127.0.0.1:9/simple",
    "refuses": "http://me:{}@127.0.0.1:{port}/closed/simple",
    "has it not": "http://me:{}@127.0.0.1:{port}/simple",
    "is broken": "http://me:{}@127.0.0.1:{port}/broken/simple?token=sigSecr9t",
    "speaks no TLS": "https://me:{}@127.0.0.1:{port}/simple",
    "is no URL": "https://me:{}@[::bad/simple",
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("index", INDEXES)
def test_no_failure_of_an_index_tells_its_password(index, planted, server, monkeypatch):
    url = INDEXES[index].format(quote(SECRETS["index"], safe=""), port=server)
    monkeypatch.setenv("PIP_INDEX_URL", url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", url)
    task = small_task(planted / "tasks")
    status, output = call("run", "--model", "package:no-such-distribution-x", "--task", str(task))
    assert status == 2, output
    assert "no-such-distribution-x" in output
    assert leaks(output) == []


def all_that_was_written(folder):
    """Every file below a folder, but what was planted."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "home" not in path.parts}


READING = (
    ("results",),
    *(("results", "--format", form) for form in ("json", "csv", "markdown", "jsonl")),
    ("rank",),
    *(("export", "--format", form) for form in ("json", "csv", "markdown", "latex", "model-index")),
    ("results", "--format", "json", "--metric", "accuracy"),
    ("app", "--help"),
)


@pytest.mark.slow
def test_a_crash_leaves_no_secret_in_terminal_store_or_exports(planted, encoder_folder, monkeypatch, caplog):
    everything = " ".join([*SECRETS.values(), *map(quote, SECRETS.values()), URL, PARAMETER_URL])

    def crash(*_, **__):
        raise RuntimeError(f"cannot go on: {everything}")

    monkeypatch.setattr(Classification, "observe", crash)
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{planted}/store.db")
    database.display_url(URL)  # whoever opened it named it
    database.display_url(PARAMETER_URL)
    task = small_task(planted / "tasks")
    caplog.set_level("DEBUG")
    status, output = call("run", "--model", str(encoder_folder), "--task", str(task))
    assert status == 1
    assert "cannot go on" in output
    printed = [output, *(call(*arguments)[1] for arguments in READING)]
    assert leaks("".join(printed)) == []
    assert leaks(caplog.text) == []
    with sqlite3.connect(planted / "store.db") as connection:
        ((reason,),) = connection.execute("SELECT reason FROM evaluation")
    assert reason.startswith("RuntimeError: cannot go on: ***")
    for path, content in all_that_was_written(planted).items():
        assert leaks(content.decode("utf-8", "replace")) == [], path


@pytest.mark.slow
def test_a_password_that_is_a_label_changes_nothing_that_is_measured(planted, encoder_folder, monkeypatch):
    task, documents = small_task(planted / "tasks"), []
    for store, password in (("honest", "none-of-them"), ("word", "positive")):
        monkeypatch.setenv("DB_PASSWORD", password)
        monkeypatch.setenv("POSTGRES_PASSWORD", "test")
        url = f"sqlite:///{planted}/{store}.db"
        assert call("run", "--model", str(encoder_folder), "--task", str(task), "--store", url)[0] == 0
        file = planted / f"{store}.json"
        call("export", "--store", url, "--format", "json", "--observations", "--output", str(file))
        documents.append(json.loads(file.read_text()))
    honest, word = documents
    assert word["tasks"] == honest["tasks"]
    for one, other in zip(*(each["subjects"][0]["evaluations"] for each in documents), strict=True):
        assert (one["estimates"], one["observations"]) == (other["estimates"], other["observations"])
    assert {"negative", "positive"} <= {each["part"] for each in one["estimates"]}


@pytest.mark.slow
def test_an_interrupted_run_tells_none(planted, encoder_folder, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt(SECRETS["hub"])

    monkeypatch.setattr(Classification, "observe", interrupt)
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{planted}/store.db")
    status, output = call("run", "--model", str(encoder_folder), "--task", str(small_task(planted / "tasks")))
    assert status == 130
    assert "interrupted" in output
    assert leaks(output) == []


COMMANDS = (
    ("results",),
    ("rank",),
    ("export",),
    ("compare", "a", "b"),
    ("gate", "--config", "gate.yaml"),
    ("gate", "init", "--force"),
    ("report", "a", "b"),
    ("observations", "--subject", "a", "--task", "b"),
    ("recompute",),
    ("results", "delete", "--failed", "--yes"),
    ("baseline", "save", "main", "--subject", "a"),
    ("export-model", "a", "folder"),
    ("search", "list"),
    ("search", "show", "x"),
    ("doctor",),
)


@pytest.mark.parametrize("url", [URL, PARAMETER_URL, LITERAL_URL, URL.replace("postgresql", "mysql")])
def test_no_command_tells_the_password_of_a_store(url, planted, monkeypatch):
    (planted / "gate.yaml").write_text("rules: [accuracy.sst2 >= 0.5]\n")
    monkeypatch.setenv("LEADERBOARD_OFFLINE", "1")
    for command in COMMANDS:
        status, output = call(*command, "--store", url)
        assert status in {1, 2}, (command, output)
        assert leaks(output) == [], command


def test_no_command_tells_the_password_of_an_empty_store(planted, monkeypatch):
    (planted / "gate.yaml").write_text("rules: [accuracy.sst2 >= 0.5]\n")
    monkeypatch.setattr(database, "open_existing", lambda url: database._parsed(url) and None)
    for url in (URL, PARAMETER_URL):
        for command in COMMANDS[:7]:
            _, output = call(*command, "--store", url)
            assert "127.0.0.1" in output, command
            assert leaks(output) == [], command


@pytest.mark.parametrize("url", [URL, PARAMETER_URL])
def test_what_a_database_complains_about_names_no_password(url):
    engine = Named(url)
    error = OperationalError("SELECT 1", {}, Exception(f"connection to {url} failed: password={SECRETS['store']}"))
    assert leaks(str(store_error(engine, error))) == []
    assert leaks(database.display_url(url)) == []


class Named:
    """An engine by its URL."""

    def __init__(self, url):
        self.url = database._parsed(url)


@pytest.mark.slow
def test_a_store_of_an_earlier_version_is_exported_without_what_it_holds(filled, leaderboard):
    leak = f"no wheel to be had; tried: https://me:{SECRETS['index']}@index.example/simple?token={SECRETS['signature']}"
    with sqlite3.connect(filled) as connection:
        connection.execute("UPDATE evaluation SET reason = ? WHERE status = 'not_measured'", (leak,))
        connection.execute("UPDATE estimate SET reason = ? WHERE status = 'not_measured'", (leak,))
        connection.execute("UPDATE evaluation SET notes = ?", (f'["{leak}"]',))
    for arguments in READING[:-1]:
        output = leaderboard(*arguments)
        assert leaks(output.out + output.err) == [], arguments
    assert "index.example" in leaderboard("export").out


def test_a_missing_model_that_is_a_url_is_named_without_its_token(planted):
    for model in ("https://user:parSecr8t@hub.example/model", f"./x?token={SECRETS['signature']}"):
        status, output = call("run", "--model", model, "--task", "sst2")
        assert status == 2
        assert leaks(output) == []


def test_the_board_is_started_without_the_password_on_its_command_line(planted, monkeypatch):
    started = []
    monkeypatch.setattr(os, "execve", lambda *arguments: started.append(arguments))
    call("app", "--store", URL)
    ((_, words, environment),) = started
    assert leaks(" ".join(words)) == []
    assert environment["LEADERBOARD_STORE"] == URL


@pytest.mark.slow
@pytest.mark.end_to_end
def test_a_real_process_shows_no_secret_in_its_traceback(planted):
    program = "from leaderboard.entry import main; main()"
    for arguments in (["--debug", "results", "--store", URL], ["--debug", "results", "--store", LITERAL_URL], [URL]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=planted
        )
        assert done.returncode != 0
        assert leaks(done.stdout + done.stderr) == []
        assert ("Traceback" in done.stderr) is ("--debug" in arguments)
