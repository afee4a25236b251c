import json

import pytest

from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.utilities import RANKING_COLUMNS

pytestmark = pytest.mark.usefixtures("filled")


def rows(result):
    return json.loads(result.out)


def test_help_says_what_each_method_does(leaderboard):
    help_text = " ".join(leaderboard("rank", "--help").out.split())
    for method in Method:
        assert f"{method}: {method.summary}" in help_text


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("method", list(Method))
def test_every_method_prints_a_table_and_json(leaderboard, method, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    table = leaderboard("rank", "--method", method)
    assert table.status == 0, table.err
    assert "good/" in table.out
    assert all(len(line) <= 80 for line in table.out.splitlines())
    ranking = rows(leaderboard("rank", "--method", method, "--format", "json"))
    assert tuple(ranking[0])[: len(RANKING_COLUMNS)] == RANKING_COLUMNS


def test_layers_say_who_is_beaten_by_whom_and_how_surely(leaderboard):
    only = [f"--weight={axis}=0" for axis in ("ood", "bias", "privacy", "latency", "explainability")]
    result = leaderboard("rank", "--method", "pareto", *only)
    assert "poor/zero_shot is dominated by good/zero_shot (P = 1.00)" in result.out
    last = rows(leaderboard("rank", "--method", "pareto", *only, "--format", "json"))[1]
    assert (last["layer"], last["dominated_by"], last["score"]) == (2, "good/zero_shot", None)


def test_conditions_leave_subjects_out_and_say_why(leaderboard):
    result = leaderboard("rank", "--where", "accuracy.sst2.accuracy >= 0.7", "--format", "json")
    assert [row["subject"] for row in rows(result)] == ["good/zero_shot"]
    assert result.err == "excluded: poor/zero_shot: accuracy.sst2.accuracy is 0.6, not >= 0.7\n"


def test_what_was_not_measured_fails_a_condition(leaderboard):
    result = leaderboard("rank", "--where", "privacy.leak_auc <= 0.55")
    assert result.out == ""
    assert "excluded: good/zero_shot: privacy.leak_auc was not measured" in result.err
    assert result.status == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--where", "acuracy >= 0.7"], "unknown axis or metric 'acuracy'"),
        (["--where", "accuracy >= baseline"], "filtered without a baseline"),
        (["--where", "bias <= 0.5"], "no task reports 'bias'"),
        (["--weight", "bias=1", "--weight", "BIAS=2"], "the bias axis has a weight already"),
        (["--method", "bordda"], "Did you mean 'borda'"),
        (["--intervals", "weigths"], "Did you mean 'weights'"),
    ],
)
def test_wrong_options_are_explained(leaderboard, options, message):
    result = leaderboard("rank", *options)
    assert message in result.err
    assert result.status == 2


def test_rank_intervals_stand_beside_the_ranks(leaderboard):
    ranking = rows(leaderboard("rank", "--task", "sst2", "--intervals", "weights", "--format", "json"))
    assert [(row["rank"], row["rank_low"], row["rank_high"]) for row in ranking] == [(1, 1, 1), (2, 2, 2)]
    assert "1 [1, 1]" in leaderboard("rank", "--task", "sst2", "--intervals", "weights", "--format", "markdown").out


def test_rank_intervals_by_examples_say_how_many_numbers_were_drawn_from_intervals(leaderboard):
    """The made-up tasks have no protocol that could compute anything again."""
    ranking = rows(leaderboard("rank", "--task", "sst2", "--intervals", "examples", "--format", "json"))
    assert [(row["rank_low"], row["rank_high"], row["resampled"]) for row in ranking] == [(1, 1, "0/1"), (2, 2, "0/1")]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("method", list(Method))
def test_a_subject_on_one_axis_of_six_is_not_ranked_by_any_method(leaderboard, method):
    result = leaderboard("rank", "--method", method)
    assert result.status == 0
    assert result.out.count("not ranked: 1 of 6 axes") == 2
    ranking = rows(leaderboard("rank", "--method", method, "--format", "json"))
    assert [(row["rank"], row["score"]) for row in ranking] == [(None, None)] * 2
    assert all(row["not_ranked"].startswith("1 of 6 axes (ood: shift_sst2: not measured;") for row in ranking)
    assert all(row["suite"] == "core" for row in ranking)


def test_intervals_of_subjects_that_are_not_ranked_are_empty(leaderboard):
    for kind in ("weights", "examples"):
        ranking = rows(leaderboard("rank", "--intervals", kind, "--format", "json"))
        assert [(row["rank_low"], row["rank_high"]) for row in ranking] == [(None, None)] * 2


def test_named_tasks_make_a_table_of_their_axes_alone(leaderboard):
    ranking = rows(leaderboard("rank", "--task", "sst2", "--format", "json"))
    assert [(row["subject"], row["rank"], row["axes_measured"]) for row in ranking] == [
        ("good/zero_shot", 1, "1/1"),
        ("poor/zero_shot", 2, "1/1"),
    ]


def test_a_ranking_is_of_the_subjects_that_are_named(leaderboard):
    ranking = rows(leaderboard("rank", "--task", "sst2", "--subject", "poor", "--format", "json"))
    assert [(row["subject"], row["rank"]) for row in ranking] == [("poor/zero_shot", 1)]
    assert "no subject 'nobody'" in leaderboard("rank", "--subject", "nobody").err.replace(
        "unknown subject", "no subject"
    )


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("method", [method for method in Method if not method.independent])
def test_rank_intervals_by_examples_are_refused_where_a_score_depends_on_others(leaderboard, method):
    result = leaderboard("rank", "--task", "sst2", "--method", method, "--intervals", "examples")
    assert result.status == 2
    assert "Use --method weighted, chebyshev, or --intervals weights" in result.err


@pytest.mark.parametrize("command", ["rank", "results", "export"])
def test_a_suite_that_nothing_is_of_is_refused_with_those_that_are(leaderboard, command):
    result = leaderboard(command, "--suite", "cor")
    assert result.status == 2
    assert "Did you mean 'core'" in result.err


@pytest.mark.slow
def test_results_and_exports_of_a_suite_and_a_subject(leaderboard):
    ranking = rows(leaderboard("results", "--suite", "core", "--subject", "poor", "--format", "json"))
    assert {row["subject"] for row in ranking} == {"poor/zero_shot"}
    assert json.loads(leaderboard("export", "--suite", "core", "--subject", "poor").out)["subjects"]
