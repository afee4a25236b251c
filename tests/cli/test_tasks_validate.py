"""`leaderboard tasks validate` reads the data, and `run` does so before it loads a model."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from leaderboard.backends.local.models import loading
from leaderboard.identity import file_digest
from tests.synthetic.tasks import small_task

ROWS = [
    (f"film number {number} of {number * 7} was {('dull', 'great')[number % 2]}", "np"[number % 2])
    for number in range(40)
]
READ = {
    "delimiter": ",",
    "fields": {"text": "text", "label": "label"},
    "label_values": {"n": "negative", "p": "positive"},
}


@pytest.fixture
def written(tmp_path):
    """Writes a task over a CSV file of its own."""

    def write(data=None, *, name="mine", read=READ, labels=("negative", "positive"), splits=None, **changes):
        file = tmp_path / f"{name}.csv"
        content = pd.DataFrame(ROWS, columns=["text", "label"]).to_csv(index=False) if data is None else data
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = {"file": file.name, "sha256": file_digest(file)}
        shares = splits or {"train": [0.0, 0.5], "test": [0.5, 1.0]}
        task = {
            "name": name,
            "version": 1,
            "axis": "accuracy",
            "protocol": "classification",
            "description": "Ours.",
            "data": {
                "labels": list(labels),
                "read": read,
                "splits": {split: {"source": source, "share": share} for split, share in shares.items()},
            },
            "metrics": ["accuracy"],
            "license": "ours",
            "citation": "ours",
        }
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(task | changes))
        return path

    return write


def test_rows_and_classes_of_every_split_are_reported(leaderboard, written):
    result = leaderboard("tasks", "validate", str(written()))
    assert result.status == 0, result.err
    first, train, test, *_ = result.out.splitlines()
    assert first.endswith("mine.yaml: OK")
    counts = {line.split(":")[0].strip(): int(line.split()[1]) for line in (train, test)}
    assert set(counts) == {"train", "test"}
    assert sum(counts.values()) == 40
    assert "negative" in train
    assert "%)" in train


CSV = pd.DataFrame(ROWS, columns=["text", "label"]).to_csv(index=False)
MISTAKES = {
    "wrong column": (
        {"read": READ | {"fields": {"text": "txt", "label": "label"}}},
        ["no column 'txt'", "40 of 40 rows"],
    ),
    "wrong delimiter": ({"read": READ | {"delimiter": "\t"}}, ['write `delimiter: ","`']),
    "no such delimiter": ({"read": READ | {"delimiter": "||"}}, ["a delimiter is one ASCII character"]),
    "no header": (
        {"data": CSV.partition("\n")[2]},
        ["no column '", "and 38 more of the same", "ine 1 holds a label", "write `header: false`"],
    ),
    "header as a row": (
        {"read": READ | {"header": False, "fields": {"text": 0, "label": 1}}},
        ["line 1: row 1", "write `header: true`"],
    ),
    "train is test": (
        {"splits": {"train": [0.0, 1.0], "test": [0.0, 1.0]}},
        ["40 of 40 rows of 'train' are in 'test' too"],
    ),
    "unknown label": ({"data": CSV + "so so,x\n"}, ["line 42: row 41: unknown label 'x'", "Known: n, p"]),
    "numbers for labels": (
        {"data": CSV.replace(",n\n", ",0\n").replace(",p\n", ",1\n"), "read": READ | {"label_values": {}}},
        ["unknown label '0'", "and 19 more of the same", 'such as `label_values: {"0": negative, "1": positive}`'],
    ),
    "empty text": ({"data": CSV + ",n\n"}, ["line 42: row 41: field 'text': no value"]),
    "GBK": ({"data": CSV.replace("film", "电影").encode("gbk")}, ["encoding: gb18030"]),
    "a class without rows": (
        {"labels": ("negative", "positive", "neutral")},
        ["no row of any split is of class 'neutral'"],
    ),
    "many classes without rows": (
        {"labels": ("negative", "positive", *(f"class {number:02d}" for number in range(40)))},
        ["no row of any split is of class 'class 00', 'class 01'", "'class 11', and 28 more"],
    ),
    "no test split": ({"splits": {"train": [0.0, 0.5], "tset": [0.5, 1.0]}}, ["has no split 'test'"]),
    "eleven bad rows": (
        {"data": CSV + "a,b,c\n" * 11},
        ["11 of 51 rows cannot be used", "line 42: row 41", "and 10 more of the same: lines 43, 44", "51, …"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_data_is_told_with_what_to_do(leaderboard, written, mistake):
    changes, expected = MISTAKES[mistake]
    result = leaderboard("tasks", "validate", str(written(**changes)))
    assert result.status == 2
    assert "OK" not in result.out
    assert all(part in result.err for part in expected), result.err
    assert "mine.yaml: " in result.err


def test_a_missing_file_is_a_mistake_and_is_not_looked_for_without_data(leaderboard, written, tmp_path):
    path = written()
    (tmp_path / "mine.csv").unlink()
    result = leaderboard("tasks", "validate", str(path))
    assert result.status == 2
    assert "mine.csv does not exist" in result.err
    result = leaderboard("tasks", "validate", "--no-data", str(path))
    assert result.status == 0
    assert "data: not read (--no-data)" in result.out


def test_data_that_is_out_of_reach_is_said_not_to_be_checked(leaderboard, written, monkeypatch):
    monkeypatch.delenv("LEADERBOARD_MIRROR", raising=False)
    path = written()
    task = yaml.safe_load(path.read_text())
    place = {"github": "nobody/nothing", "commit": "0" * 40, "path": "x.csv", "sha256": "0" * 64}
    task["data"]["splits"]["away"] = {"source": place}
    path.write_text(yaml.safe_dump(task))
    result = leaderboard("tasks", "validate", "--offline", str(path))
    assert result.status == 0
    assert "not checked: split 'away'" in result.out
    assert "train: " in result.out


def test_tasks_may_refer_to_each_other_on_one_command_line(leaderboard, written):
    shift = {"axis": "ood", "protocol": "shift", "metrics": ["ood_accuracy"], "adapt_to": "mine"}
    texts = CSV.replace("film number", "meal")
    away = written(texts, name="away", splits={"home": [0.0, 0.5], "elsewhere": [0.5, 1.0]}, **shift)
    result = leaderboard("tasks", "validate", str(away), str(written()))
    assert result.status == 0, result.err
    assert result.out.count(": OK") == 2
    alone = leaderboard("tasks", "validate", str(away))
    assert (alone.status, alone.out.count(": OK")) == (0, 1)  # the task that it names lies beside it


@pytest.mark.parametrize("first", ["the one that refers", "the one referred to"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        (
            {"labels": ["bad", "good"], "read": READ | {"label_values": {"n": "bad", "p": "good"}}},
            "away: its labels are bad, good, but those of 'mine', which it names in `adapt_to`, are negative, positive",
        ),
        ({"adapt_to": "lender"}, "a subject cannot be adapted to 'lender', which borrows its data; adapt it to 'mine'"),
    ],
)
def test_a_task_to_adapt_to_is_checked_in_either_order(leaderboard, written, tmp_path, *, changes, message, first):
    shift = {"axis": "ood", "protocol": "shift", "metrics": ["ood_accuracy"], "adapt_to": "mine"}
    splits = {"home": [0.0, 0.5], "elsewhere": [0.5, 1.0]}
    away = written(CSV.replace("film number", "meal"), name="away", splits=splits, **shift | changes)
    mine = written()
    lender = tmp_path / "lender.yaml"
    content = yaml.safe_load(mine.read_text()) | {"name": "lender", "data": {"same_as": "mine"}}
    lender.write_text(yaml.safe_dump(content))
    paths = [str(path) for path in (away, mine, lender)]
    result = leaderboard("tasks", "validate", "--no-data", *(paths if first == "the one that refers" else paths[::-1]))
    assert result.status == (2 if message else 0), result.err
    assert message in result.err
    assert result.out.count(": OK") == (2 if message else 3)


def test_a_task_that_borrows_borrowed_data_is_refused(leaderboard, written, tmp_path):
    mine = written()
    content = yaml.safe_load(mine.read_text())
    for name, lender in (("second", "mine"), ("third", "second")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content | {"name": name, "data": {"same_as": lender}}))
    paths = (str(tmp_path / "third.yaml"), str(tmp_path / "second.yaml"), str(mine))
    result = leaderboard("tasks", "validate", "--no-data", *paths)
    assert result.status == 2
    assert "data.same_as: 'second' has no data of its own; name 'mine', whose data it borrows" in result.err


def test_rows_that_nearly_repeat_training_rows_are_warned_of(leaderboard, written, tmp_path):
    path = written()
    task = yaml.safe_load(path.read_text())
    copies = tmp_path / "copies.csv"
    copies.write_text(
        pd.DataFrame([(f"{text} indeed", label) for text, label in ROWS], columns=["text", "label"]).to_csv(index=False)
    )
    task["data"]["splits"]["test"] = {"source": {"file": copies.name, "sha256": file_digest(copies)}}
    path.write_text(yaml.safe_dump(task))
    result = leaderboard("tasks", "validate", str(path))
    assert result.status == 0
    assert re.search(r"warning: (\d\d) of 40 rows of split 'test' \(\d+%\) repeat a training row", result.out)


@pytest.mark.parametrize("mistake", ["wrong column", "train is test", "empty text", "GBK"])
def test_run_refuses_such_data_before_a_model_is_loaded(leaderboard, written, encoder_folder, monkeypatch, mistake):
    def never(*_given, **_placed):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(loading, "load", never)
    changes, expected = MISTAKES[mistake]
    result = leaderboard("run", "--model", str(encoder_folder), "--task", str(written(**changes)))
    assert result.status == 2
    assert expected[0].removeprefix("40 of 40 rows").split(":")[0].strip("'") in result.err
    assert result.err.count("error:") == 1
    assert "Traceback" not in result.err


@pytest.mark.slow
def test_what_is_left_out_is_noted_with_the_numbers(leaderboard, written, encoder_folder):
    data = CSV + ",n\n" + "a,b,c\n"
    path = written(
        data, read=READ | {"missing": "drop", "bad_rows": "drop"}, splits={"train": [0.0, 0.6], "test": [0.6, 1.0]}
    )
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(path), "--json")
    assert run.status == 0, run.err
    (notes,) = {tuple(row["notes"]) if isinstance(row["notes"], list) else row["notes"] for row in json.loads(run.out)}
    assert "1 of 42 rows of mine.csv lack a value and were left out" in notes
    assert "1 of 42 rows of mine.csv cannot be read and were left out" in notes


@pytest.mark.slow
def test_a_stored_result_is_served_though_its_data_is_gone(leaderboard, encoder_folder, tmp_path):
    small = small_task(tmp_path / "tasks")
    command = ["run", "--model", str(encoder_folder), "--task", str(small), "--json"]
    first = leaderboard(*command)
    (small.parent / "small.tsv").unlink()
    again = leaderboard(*command)
    assert (again.status, again.out) == (0, first.out)


@pytest.mark.slow
def test_data_is_checked_without_importing_torch(written):
    code = "import sys; from leaderboard.cli.main import app; app(standalone_mode=False)"
    code += "; assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", code, "tasks", "validate", str(written())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "mine.yaml: OK" in done.stdout
