from dataclasses import replace

import pytest

from leaderboard.evaluation.runner import task_record
from leaderboard.reports.example_texts import texts_of
from leaderboard.tasks import Catalogue

TASK = """
name: mine
version: 1
axis: accuracy
protocol: classification
description: Made up.
data:
  labels: ["no", "yes"]
  read: {format: delimited, delimiter: "\\t", header: true, fields: {text: {column: text}, label: {column: label}}}
  splits:
    train: {source: {locations: [{file: data/rows.tsv}], sha256: SHA}}
    test: {source: {locations: [{file: data/rows.tsv}], sha256: SHA}}
metrics: [accuracy]
license: none
citation: none
"""


@pytest.fixture
def catalogue(tmp_path):
    from leaderboard.identity import file_digest

    rows = tmp_path / "accuracy" / "data" / "rows.tsv"
    rows.parent.mkdir(parents=True)
    rows.write_text("text\tlabel\ngood <b>film</b>\tyes\nbad\tno\n")
    (tmp_path / "accuracy" / "mine.yaml").write_text(TASK.replace("SHA", file_digest(rows)))
    return Catalogue([tmp_path])


@pytest.fixture
def measured(catalogue):
    task = catalogue.task("mine")
    return task_record(task, catalogue.digest(task), 1)


def test_texts_are_those_of_the_scored_split_by_id(catalogue, measured):
    texts = texts_of(catalogue, measured)
    assert list(texts.by_id.values()) == ["good <b>film</b>", "bad"]
    assert texts.reason == ""


def test_a_task_that_changed_shows_no_texts(catalogue, measured):
    texts = texts_of(catalogue, replace(measured, identity="0" * 64))
    assert not texts.by_id
    assert "changed" in texts.reason


def test_a_task_that_is_not_known_shows_no_texts(catalogue, measured):
    assert "no task" in texts_of(catalogue, replace(measured, name="other")).reason


def test_data_that_is_not_here_is_reported(catalogue, measured, tmp_path):
    (tmp_path / "accuracy" / "data" / "rows.tsv").unlink()
    assert texts_of(catalogue, measured).reason
