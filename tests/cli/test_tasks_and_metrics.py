import json

import pytest
import yaml

from leaderboard.axes.catalogue import METRICS

TASK = """
name: mine
version: 1
axis: accuracy
protocol: classification
description: A made-up task.
data: {same_as: sst2}
metrics: [accuracy]
license: none
citation: nobody
"""
DATA = "data: {labels: [a, b], read: {fields: %%s}, splits: {test: {source: {file: x, sha256: '%s'}}}}" % ("0" * 64)


def test_tasks_are_listed_with_their_axis_and_suites(leaderboard):
    rows = {row["task"]: row for row in json.loads(leaderboard("tasks", "list", "--format", "json").out)}
    assert rows["sst2"]["axis"] == "accuracy"
    assert "core" in rows["sst2"]["suites"]
    assert "sst2" in leaderboard("tasks", "list", "--axis", "accuracy").out


def test_task_is_shown_as_its_file_says_it(leaderboard):
    shown = yaml.safe_load(leaderboard("tasks", "show", "sst2").out)
    assert (shown["name"], shown["protocol"]) == ("sst2", "classification")
    assert shown["data"]["labels"] == ["negative", "positive"]


def test_unknown_task_gets_the_nearest(leaderboard):
    result = leaderboard("tasks", "show", "sst")
    assert result.status == 2
    assert "Did you mean 'sst2'?" in result.err


def test_valid_file_is_ok(leaderboard, tmp_path):
    (tmp_path / "mine.yaml").write_text(TASK)
    result = leaderboard("tasks", "validate", "mine.yaml")
    assert (result.out, result.err, result.status) == (
        "mine.yaml: OK\n  data: that of task 'sst2', not read here\n",
        "",
        0,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1", "version: 0", "mine.yaml: version: "),
        ("license:", "licence:", "mine.yaml: unknown key 'licence'"),
        ("protocol: classification", "protocol: clasification", "Did you mean 'classification'?"),
        ("metrics: [accuracy]", "metrics: [acuracy]", "Did you mean 'accuracy'?"),
        ("metrics: [accuracy]", "metrics: [leak_auc]", "unknown metric of protocol 'classification' 'leak_auc'"),
        ("axis: accuracy", "axis: bias", "protocol 'classification' belongs to the accuracy axis"),
        ("same_as: sst2", "same_as: sst5", "mine.yaml: unknown task 'sst5'"),
        ("name: mine", "name: movies", "a task named 'movies' exists already"),
        ("data: {", "data: [", "mine.yaml: is not valid YAML: line "),
        ("data: {same_as: sst2}", DATA % "{txt: 1}", "mine.yaml: split 'test': fields: unknown field"),
        ("data: {same_as: sst2}", DATA % "{label: 0}", "mine.yaml: split 'test': fields: a TextExample also needs"),
        ("data: {same_as: sst2}", DATA % "{text: {template: '{{ a'}}", "fields.text.template: template '{{ a'"),
        ("license:", "anchors: {accuracy: {worst: 1, best: 1}}\nlicense:", "worst and best are the same"),
        ("license:", "anchors: {accuracy: {worst: .nan, best: 1}}\nlicense:", "finite number"),
        ("license:", "prompt: {template: '{{ a'}\nlicense:", "prompt.template: template '{{ a'"),
    ],
)
def test_invalid_file_is_explained(leaderboard, tmp_path, old, new, message):
    (tmp_path / "mine.yaml").write_text(TASK.replace(old, new))
    result = leaderboard("tasks", "validate", "mine.yaml")
    assert result.status == 2
    assert message in result.err
    assert "OK" not in result.out


def test_every_wrong_file_is_told_and_the_right_one_is_ok(leaderboard, tmp_path):
    (tmp_path / "mine.yaml").write_text(TASK)
    (tmp_path / "broken.yaml").write_text(TASK.replace("version: 1", "version: 0\ncolour: red"))
    result = leaderboard("tasks", "validate", "none.yaml", "mine.yaml", "broken.yaml")
    assert result.status == 2
    assert result.out.startswith("mine.yaml: OK\n")
    assert "none.yaml: cannot be read: no such file" in result.err
    assert "broken.yaml: version: " in result.err
    assert "broken.yaml: unknown key 'colour'" in result.err


def test_metrics_are_the_catalogue(leaderboard):
    rows = json.loads(leaderboard("metrics", "--format", "json").out)
    assert [row["metric"] for row in rows] == list(METRICS)
    assert {"unit", "better", "target", "worst", "best", "headline", "weight", "source", "caveat"} <= set(rows[0])
    privacy = json.loads(leaderboard("metrics", "--axis", "privacy", "--format", "json").out)
    assert {row["axis"] for row in privacy} == {"privacy"}
    assert "leak_auc" in leaderboard("metrics").out


def test_metrics_of_a_target_say_which(leaderboard):
    lines = leaderboard("metrics", "--axis", "privacy").out.splitlines()
    assert next(line for line in lines if "blind_auc" in line).split()[:3] == ["blind_auc", "near", "0.5"]


def test_tasks_are_listed_in_80_columns_with_one_sentence_each(leaderboard, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    output = leaderboard("tasks", "list", "--axis", "bias").out
    assert max(map(len, output.splitlines())) <= 80
    assert " ".join(output.split()).count("the group it names?") == 4  # a description may be wrapped anywhere
    assert "A sample of 300" not in output
