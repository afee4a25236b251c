"""`leaderboard run --data` and `tasks init`: what they print, and their exit status."""

import pytest

from tests.own_data.files import labelled, table


def test_init_prints_what_was_detected_and_what_it_wrote(leaderboard, tmp_path):
    (tmp_path / "reviews.csv").write_text(table())
    result = leaderboard("tasks", "init", "reviews.csv", "--suite")
    assert result.status == 0
    assert "--encoding NAME" in result.out
    assert "ood: no task: it needs texts of another distribution" in result.out
    assert f"written: {tmp_path / 'reviews.yaml'}" in result.out
    again = leaderboard("tasks", "init", "reviews.csv", "--suite")
    assert (again.status, "--force" in again.err) == (2, True)
    assert leaderboard("tasks", "init", "reviews.csv", "--suite", "--force").status == 0
    assert leaderboard("tasks", "validate", "reviews.yaml", "reviews_suite.yaml").status == 0


def test_a_question_names_its_flag_and_ends_with_two(leaderboard, tmp_path):
    (tmp_path / "reviews.csv").write_text(labelled(["a", "b", "none"]))
    result = leaderboard("tasks", "init", "reviews.csv")
    assert (result.status, "--no-label 'none'" in result.err) == (2, True)
    assert leaderboard("tasks", "init", "reviews.csv", "--no-label", "none").status == 0


@pytest.mark.parametrize("other", [("--suite", "core"), ("--task", "sst2")])
def test_data_of_ones_own_takes_the_place_of_a_suite(leaderboard, tmp_path, other):
    (tmp_path / "reviews.csv").write_text(table())
    result = leaderboard("run", "--model", "nowhere", "--data", "reviews.csv", *other)
    assert (result.status, "--data cannot be combined with --suite or --task" in result.err) == (2, True)


def test_options_of_the_data_need_data(leaderboard):
    result = leaderboard("run", "--model", "nowhere", "--text", "review")
    assert (result.status, "--text is an option of --data FILE" in result.err) == (2, True)


def test_two_files_of_data_are_refused(leaderboard):
    result = leaderboard("run", "--model", "nowhere", "--data", "a.csv", "--data", "b.csv")
    assert (result.status, "--data is there 2 times" in result.err) == (2, True)


def test_a_missing_file_is_one_message(leaderboard):
    result = leaderboard("run", "--model", "nowhere", "--data", "reviews.csv")
    assert (result.status, "--data reviews.csv: no such file" in result.err) == (2, True)
    assert "Traceback" not in result.err


def test_a_file_of_nearly_the_same_name_is_suggested(leaderboard, tmp_path):
    (tmp_path / "reviews.csv").write_text(table())
    result = leaderboard("run", "--model", "nowhere", "--data", "review.csv")
    assert (result.status, "Did you mean 'reviews.csv'?" in result.err) == (2, True)


def test_a_wrong_model_is_one_message_without_the_table_of_the_data(leaderboard, tmp_path):
    (tmp_path / "reviews.csv").write_text(table())
    result = leaderboard("run", "--model", ".", "--data", "reviews.csv")
    assert (result.status, "there is no config.json" in result.err) == (2, True)
    assert "change with" not in result.err


def test_init_works_without_the_network(leaderboard, tmp_path):
    (tmp_path / "reviews.csv").write_text(table())
    assert leaderboard("tasks", "init", "reviews.csv", "--offline").status == 0


@pytest.mark.slow
def test_one_command_measures_six_axes(leaderboard, tmp_path, encoder_folder):
    (tmp_path / "reviews.csv").write_text(table())
    (tmp_path / "tweets.csv").write_text(
        table().replace("room", "street").replace("food", "drink").replace("visit", "day")
    )
    options = ("run", "--model", str(encoder_folder), "--data", "reviews.csv", "--ood", "tweets.csv", "--device", "cpu")
    result = leaderboard(*options, "--store", "store.db", "--limit", "10")
    assert result.status == 0, result.err
    for axis in ("accuracy", "ood", "bias", "privacy", "latency", "explainability"):
        assert axis in result.out
    assert "change with" in result.err
    again = leaderboard(*options, "--store", "store.db", "--limit", "10")
    assert "evaluations served from the store: 6" in again.err
    leaderboard("tasks", "init", "reviews.csv", "--suite", "--ood", "tweets.csv")
    written = leaderboard(
        "run",
        "--model",
        str(encoder_folder),
        "--suite",
        "reviews_suite.yaml",
        "--device",
        "cpu",
        "--store",
        "store.db",
        "--limit",
        "10",
    )
    assert "evaluations served from the store: 6" in written.err
    assert leaderboard("rank", "--suite", "reviews", "--store", "store.db").status == 0
