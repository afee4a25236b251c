"""Every command in every format, on a store and on files whose names are other people's words."""

import csv
import io
import json
import os
import re
import shlex
import sqlite3
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
import yaml
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from leaderboard import escapes
from leaderboard.axes.accuracy import ACCURACY, F1, MCC
from leaderboard.cli.main import app
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.reports.exports import chosen_results, exported
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RunStatus
from leaderboard.testing.models import tiny_bert
from leaderboard.visible_text import label, one_line, writable
from tests.synthetic.hostile_texts import HOSTILE
from tests.synthetic.records import environment_record, evaluation_record
from tests.synthetic.tasks import small_task

NAMES = [text for text in HOSTILE if len(text) < 200]
STORABLE = [text for text in NAMES if not re.search("[\x00\ud800-\udfff]", text)]  # a store with others is refused
FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")
NUMBER = re.compile(r"[+-]?[\d.]+(?:e[+-]?\d+)?")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A store of an earlier version: names, reasons, notes and labels of every hostile text, as they were recorded."""
    file = tmp_path_factory.mktemp("hostile") / "hostile.db"
    store = open_store(f"sqlite:///{file}")
    run = store.start_run({"model": NAMES}, environment_record())
    for place, text in enumerate(NAMES):
        whole = EstimateRecord(ACCURACY, Estimate.measured(0.7, (0.6, 0.8), n=200, method="Wilson 95 %"))
        exact = EstimateRecord(MCC, Estimate.measured(-0.4, None, n=200, method="exact"))
        part = EstimateRecord(F1, Estimate.measured(0.5, (0.4, 0.6), n=100, method="exact"), f"{place} {text}"[:100])
        observations = [("test-0", {"label": 0, "predicted": text}), ("test-1", {"label": 1, "predicted": text})]
        store.record(run, evaluation_record(f"{place}", notes=(text,)), [whole, exact, part], observations)
        unknown = evaluation_record(f"{place}", "other", status=Status.NOT_MEASURED, reason=text)
        store.record(run, unknown, [EstimateRecord(ACCURACY, Estimate.not_measured(text))], [])
    store.end_run(run, RunStatus.FINISHED)
    store.close()
    with sqlite3.connect(file) as connection:
        for place, text in enumerate(STORABLE):
            old = f"{NAMES.index(text)}/zero_shot"
            connection.execute("UPDATE subject SET name = ? WHERE name = ?", (text, old))
            connection.execute("UPDATE model SET name = ?, source = ? WHERE name = ?", (text, text, str(place)))
            reason = "UPDATE evaluation SET reason = ? WHERE status != 'measured' AND id = ?"
            connection.execute(reason, (text, 2 * place + 2))
            estimate = "UPDATE estimate SET reason = ? WHERE status != 'measured' AND evaluation_id = ?"
            connection.execute(estimate, (text, 2 * place + 2))
        connection.execute("UPDATE task SET name = ? WHERE name = 'other'", ("ta\x1b[31msk\n::error::x",))
    return file


@pytest.fixture
def call(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{file}")
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments, status=0):
        result = CliRunner().invoke(app, list(arguments), prog_name="leaderboard")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        unharmed(result.stdout + result.stderr)
        return result.stdout

    return called


def unharmed(text):
    """Nothing in a text acts on a terminal or a build server."""
    acting = {letter for letter in text if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}} - {"\n", "\t"}
    assert not acting
    assert not set(text) & {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in text
    assert "##vso[" not in text
    text.encode()


def read_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]
    return rows


def read_markdown(text):
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    kinds = {child.type for token in tokens if token.type == "inline" for child in token.children}
    assert kinds <= {"text", "text_special", "html_inline", "softbreak", "code_inline"}
    html = [child.content for token in tokens for child in token.children or () if child.type == "html_inline"]
    assert set(html) <= {"<br>"}
    rows, width = 0, set()
    for token in tokens:
        if token.type == "tr_open":
            rows, cells = rows + 1, 0
        elif token.type in {"td_open", "th_open"}:
            cells += 1
        elif token.type == "tr_close":
            width.add(cells)
    assert len(width) <= 1
    return rows


SUBJECTS = {one_line(text, 4000) for text in STORABLE}


@pytest.mark.slow
@pytest.mark.parametrize("command", [("results",), ("rank",), ("rank", "--method", "pareto")])
def test_tables_show_names_that_do_nothing(call, command):
    assert "not measured" in call(*command) or command != ("results",)


@pytest.mark.slow
def test_programs_get_every_name_as_it_is_shown(call):
    rows = json.loads(call("results", "--format", "json"))
    assert {row["subject"] for row in rows} >= {name for name in SUBJECTS if "#" not in name}
    assert [json.loads(line) for line in call("results", "--format", "jsonl").splitlines()] == rows
    table = read_csv(call("results", "--format", "csv"))
    place = table[0].index("subject")
    in_csv = {row[place].removeprefix("'") for row in table[1:]}  # which has no escapes: a command is broken visibly
    shown = {row["subject"].removeprefix("'").replace("##[", "#＃[").replace("##vso", "#＃vso") for row in rows}
    assert in_csv == shown
    assert read_markdown(call("results", "--format", "markdown")) > len(STORABLE)
    for form in ("json", "csv", "markdown"):
        call("rank", "--format", form)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("form", list(ExportFormat))
def test_no_name_keeps_a_store_from_being_exported(call, file, form):
    store = open_store(f"sqlite:///{file}")
    content = exported(chosen_results(store), form, observations=form is ExportFormat.JSON)
    store.close()
    match form:
        case ExportFormat.JSON:
            assert {each["name"] for each in json.loads(content)["subjects"]} >= SUBJECTS
            unharmed(content.decode())
        case ExportFormat.CSV:
            read_csv(content.decode())
        case ExportFormat.MARKDOWN:
            assert read_markdown(content.decode()) > len(STORABLE)
        case ExportFormat.LATEX:
            assert "\\input{" not in content.decode()
        case ExportFormat.MODEL_INDEX:
            assert b"model-index:" in content
            return
        case ExportFormat.PARQUET:
            names = set(pd.read_parquet(io.BytesIO(content))["subject"])
            assert names >= {name for name in SUBJECTS if "#" not in name}
            return
    call("export", "--format", form.value)


@pytest.mark.slow
def test_what_was_exported_is_imported_again(call, tmp_path):
    call("export", "--observations", "--output", "all.json")
    output = call("import", "all.json", "--store", f"sqlite:///{tmp_path}/again.db")
    assert f"(of {2 * len(NAMES)} evaluations)" in output


def test_hints_are_one_command_of_a_shell(call):
    store = f"sqlite:///{Path.cwd()}/it's $(touch pwned).db"
    open_store(store)
    output = call("results", "--store", store, status=0)
    assert "$(touch pwned)" not in re.sub(r"'[^']*'|\"[^\"]*\"", "", output)
    from leaderboard.reports.console import _next_steps

    for name in map(writable, NAMES):
        frame = pd.DataFrame({"subject": [name], "task": [name], "status": ["measured"]})
        steps = _next_steps(frame, "", is_ranked=True, has_reports=True)
        (line,) = [line for line in steps.splitlines() if "observations --subject" in line]
        words = shlex.split(line)
        assert words == ["leaderboard", "observations", "--subject", escapes.line(name), "--task", escapes.line(name)]


@pytest.mark.slow_after(6)
@pytest.mark.parametrize("text", NAMES, ids=ascii)
def test_a_gate_file_prints_no_command(call, text):
    for content in ({text: 1, "rules": ["accuracy >= 0.5"]}, {"rules": [text]}, {"rules": [{"rule": "x", text: 2}]}):
        Path("gate.yaml").write_text(yaml.safe_dump(content, allow_unicode=False))
        call("gate", "--config", "gate.yaml", "--subject", "0", status=2)


def test_a_gate_writes_its_reports_of_any_name(call, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    subject = one_line(STORABLE[STORABLE.index("x\n::error file=a.py,line=1::pwned")])
    rules = {"name": "evil\n::add-mask::x\x1b[31m]]>", "rules": ["accuracy.sst2.accuracy >= 0.1"], "subject": subject}
    (tmp_path / "gate.yaml").write_text(yaml.safe_dump(rules))
    call("gate", "--junit", "gate.xml", "--sarif", "gate.sarif", "--markdown", "gate.md")
    ET.parse(tmp_path / "gate.xml")  # noqa: S314 - our own
    json.loads((tmp_path / "gate.sarif").read_text())
    read_markdown((tmp_path / "gate.md").read_text())
    for name in ("gate.xml", "gate.sarif", "gate.md"):
        unharmed((tmp_path / name).read_text())
    result = CliRunner().invoke(app, ["gate", "--github"], prog_name="leaderboard")
    commands = [line for line in result.output.splitlines() if line.lstrip().startswith("::")]
    assert commands == [f"::stop-commands::{commands[1].strip(':')}", commands[1]]
    assert (tmp_path / "summary.md").read_text() == (tmp_path / "gate.md").read_text() + "\n"
    assert json.loads(call("gate", "--format", "json"))["subject"] == subject


@pytest.mark.slow
def test_a_model_in_a_folder_of_any_name_is_recorded_under_one_that_is_seen(call, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{tmp_path}/run.db")
    task = small_task(tmp_path / "tasks", rows=40)
    model = tiny_bert(tmp_path / "model", masked_head=False)
    for name in ("\x1b[31mred\u202e\n::error::x", "name\udcff", "'x';touch pwned"):
        folder = tmp_path / os.fsdecode(os.fsencode(name))
        model.rename(folder)
        call("run", "--model", str(folder), "--task", str(task), "--recipe", "probe")
        model = folder.rename(tmp_path / "model")
    call("run", "--model", str(model), "--task", str(task), "--name", "👩‍👩‍👧‍👦 मॉडल")
    call("run", "--model", str(model), "--task", str(task), "--name", "a\x1b[31m", status=2)
    call("export", "--output", "all.json")
    rows = json.loads(call("results", "--format", "json"))
    assert {row["subject"] for row in rows} == {
        "👩‍👩‍👧‍👦 मॉडल/probe(small)"
    }  # one model, whatever its folder was called
    assert not (tmp_path / "pwned").exists()


@pytest.mark.slow_after(6)
@pytest.mark.parametrize("text", NAMES, ids=ascii)
def test_a_task_file_has_no_label_that_acts(call, text, tmp_path):
    path = small_task(tmp_path / "tasks", rows=40)
    task = yaml.safe_load(path.read_text())
    task["data"]["labels"] = ["negative", text]
    task["data"]["read"]["label_values"]["1"] = text
    path.write_text(yaml.safe_dump(task, allow_unicode=False))
    call("tasks", "validate", str(path), "--no-data", status=0 if label(text) == text else 2)
