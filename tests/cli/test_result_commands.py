import csv
import io
import json

import pytest

from leaderboard.store.frames import RESULT_COLUMNS

READING = [["results"], ["rank"]]


@pytest.mark.usefixtures("filled")
def test_results_as_json_have_exactly_the_documented_keys(leaderboard):
    rows = json.loads(leaderboard("results", "--format", "json").out)
    assert len(rows) == 5
    assert {tuple(row) for row in rows} == {RESULT_COLUMNS}
    first = rows[0]
    assert (first["subject"], first["metric"], first["value"], first["n"]) == ("good/zero_shot", "accuracy", 0.9, 200)
    assert (first["headline"], first["evaluated_at"]) == (True, "2026-05-01T12:00:00+00:00")
    missing = next(row for row in rows if row["status"] == "not_measured")
    assert (missing["value"], missing["low"], missing["high"]) == (None, None, None)
    assert missing["reason"] == "nothing was trained here"


@pytest.mark.usefixtures("filled")
def test_results_in_other_formats(leaderboard):
    rows = list(csv.DictReader(io.StringIO(leaderboard("results", "--format", "csv").out)))
    assert [row["value"] for row in rows] == ["0.9", "0.8", "", "0.6", str(2 * 0.6 - 1)]
    markdown = leaderboard("results", "--format", "markdown").out
    assert "| good/zero_shot | accuracy | sst2 | accuracy | 0.900 [0.850, 0.950] | 200 |" in markdown
    table = leaderboard("results").out
    assert "0.900 [0.850, 0.950]" in table
    assert "not measured: nothing was trained here" in table


@pytest.mark.usefixtures("filled")
def test_results_are_filtered(leaderboard):
    result = leaderboard("results", "--model", "poor", "--axis", "accuracy", "--metric", "mcc", "--format", "json")
    assert [(row["model"], row["metric"]) for row in json.loads(result.out)] == [("poor", "mcc")]
    nothing = leaderboard("results", "--model", "poor", "--axis", "bias", "--format", "json")
    assert nothing.out == "[]\n"
    assert "No result in the store matches" in nothing.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--model", "goood"], "Did you mean 'good'?"),
        (["--task", "sst3"], "Did you mean 'sst2'?"),
        (["--metric", "acuracy"], "Did you mean 'accuracy'?"),
        (["--axis", "biass"], "Did you mean 'bias'?"),
        (["--format", "jsn"], "Did you mean 'json'?"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_wrong_filter_names_the_valid_ones(leaderboard, arguments, hint):
    result = leaderboard("results", *arguments)
    assert result.status == 2
    assert hint in result.err
    assert result.out == ""


@pytest.mark.parametrize("command", READING)
def test_missing_store_says_what_to_do_and_is_not_made(leaderboard, tmp_path, command):
    result = leaderboard(*command, "--format", "json")
    assert (result.status, result.out) == (0, "[]\n")
    assert "sqlite:///results/leaderboard.db: there is no store yet" in result.err
    assert "leaderboard run --model" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*READING, ["recompute"]])
def test_a_store_that_was_named_has_to_be_there(leaderboard, tmp_path, command):
    result = leaderboard(*command, "--store", "nothere.db")
    assert (result.status, result.out) == (2, "")
    assert "--store nothere.db: no such file" in result.err
    assert "leaderboard run --model" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", READING)
def test_empty_store_says_so(leaderboard, tmp_path, command):
    (tmp_path / "empty.db").touch()
    result = leaderboard(*command, "--store", "sqlite:///empty.db", "--format", "json")
    assert (result.status, result.out) == (0, "[]\n")
    assert "The store holds no results yet" in result.err


@pytest.mark.usefixtures("filled")
def test_rank_orders_by_utility_on_the_anchors_of_the_task(leaderboard):
    others = [f"--weight={axis}=0" for axis in ("ood", "bias", "privacy", "latency", "explainability")]
    rows = json.loads(leaderboard("rank", *others, "--format", "json").out)
    assert [(row["rank"], row["subject"]) for row in rows] == [(1, "good/zero_shot"), (2, "poor/zero_shot")]
    assert [row["accuracy"] for row in rows] == pytest.approx([0.8, 0.2])
    assert rows[0]["privacy"] is None
    assert rows[0]["axes_measured"] == "1/6"


@pytest.mark.usefixtures("filled")
def test_rank_weighs_axes(leaderboard):
    result = leaderboard("rank", *[f"--weight={axis}=0" for axis in ("ood", "bias", "privacy", "latency")])
    assert result.status == 0
    assert "good/" in result.out
    wrong = leaderboard("rank", "--weight", "speed=1")
    assert wrong.status == 2
    assert "unknown axis 'speed'" in wrong.err


@pytest.mark.usefixtures("filled")
def test_observations_are_one_json_object_an_example(leaderboard):
    result = leaderboard("observations", "--subject", "good/zero_shot", "--task", "sst2", "--format", "jsonl")
    assert [json.loads(line) for line in result.out.splitlines()] == [
        {"example_id": "test-0", "data": {"label": 1, "log_probabilities": [-0.5, -0.9]}},
        {"example_id": "test-1", "data": {"label": 0, "note": "a|b"}},
    ]


@pytest.mark.usefixtures("filled")
def test_observations_as_a_table_have_a_column_for_each_thing_seen(leaderboard):
    result = leaderboard("observations", "--subject", "good/zero_shot", "--task", "sst2", "--format", "markdown")
    assert result.out.splitlines()[0] == "| example_id | label | log_probabilities | note |"
    assert result.out.splitlines()[3] == "| test-1 | 0 |  | a\\|b |"


@pytest.mark.usefixtures("filled")
def test_observations_as_csv_have_a_column_for_each_thing_seen(leaderboard):
    result = leaderboard("observations", "--subject", "good/zero_shot", "--task", "sst2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert rows[0] == {"example_id": "test-0", "label": "1", "log_probabilities": "[-0.5, -0.9]", "note": ""}


@pytest.mark.usefixtures("filled")
def test_the_start_of_a_subject_is_enough(leaderboard):
    in_full = leaderboard("observations", "--subject", "good/zero_shot", "--task", "sst2")
    assert leaderboard("observations", "--subject", "goo", "--task", "sst2") == in_full


@pytest.mark.usefixtures("filled")
def test_observations_of_a_wrong_subject_name_the_nearest(leaderboard):
    result = leaderboard("observations", "--subject", "god/zero_shot", "--task", "sst2")
    assert result.status == 2
    assert "Did you mean 'good/zero_shot'?" in result.err


def test_observations_without_a_store_say_what_to_do(leaderboard):
    result = leaderboard("observations", "--subject", "good", "--task", "sst2")
    assert result.status == 2
    assert result.err.count("leaderboard run --model") == 1
