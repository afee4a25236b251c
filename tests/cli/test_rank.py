import json

import pytest

from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.utilities import RANKING_COLUMNS

pytestmark = pytest.mark.usefixtures("filled")


def rows(said):
    return json.loads(said.out)


def test_help_says_what_each_method_does(leaderboard):
    told = " ".join(leaderboard("rank", "--help").out.split())
    for method in Method:
        assert f"{method}: {method.summary}" in told


@pytest.mark.parametrize("method", list(Method))
def test_every_method_prints_a_table_and_json(leaderboard, method, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    table = leaderboard("rank", "--method", method)
    assert table.status == 0, table.err
    assert "good/" in table.out
    assert all(len(line) <= 80 for line in table.out.splitlines())
    found = rows(leaderboard("rank", "--method", method, "--format", "json"))
    assert tuple(found[0])[: len(RANKING_COLUMNS)] == RANKING_COLUMNS


def test_layers_say_who_is_beaten_by_whom_and_how_surely(leaderboard):
    only = [f"--weight={axis}=0" for axis in ("ood", "bias", "privacy", "latency", "explainability")]
    said = leaderboard("rank", "--method", "pareto", *only)
    assert "poor/zero_shot is beaten by good/zero_shot (P = 1.00)" in said.out
    last = rows(leaderboard("rank", "--method", "pareto", *only, "--format", "json"))[1]
    assert (last["layer"], last["dominated_by"], last["score"]) == (2, "good/zero_shot", None)


def test_conditions_leave_subjects_out_and_say_why(leaderboard):
    said = leaderboard("rank", "--where", "accuracy.sst2.accuracy >= 0.7", "--format", "json")
    assert [row["subject"] for row in rows(said)] == ["good/zero_shot"]
    assert said.err == "left out: poor/zero_shot: accuracy.sst2.accuracy is 0.6, not >= 0.7\n"


def test_what_was_not_measured_fails_a_condition(leaderboard):
    said = leaderboard("rank", "--where", "privacy.leak_auc <= 0.55")
    assert said.out == ""
    assert "left out: good/zero_shot: privacy.leak_auc was not measured" in said.err
    assert said.status == 0


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
    said = leaderboard("rank", *options)
    assert message in said.err
    assert said.status == 2


def test_rank_intervals_stand_beside_the_ranks(leaderboard):
    found = rows(leaderboard("rank", "--intervals", "weights", "--format", "json"))
    assert [(row["rank"], row["rank_low"], row["rank_high"]) for row in found] == [(1, 1, 1), (2, 2, 2)]
    assert "1 [1, 1]" in leaderboard("rank", "--intervals", "weights", "--format", "markdown").out


def test_rank_intervals_by_examples_say_how_many_numbers_were_drawn_from_intervals(leaderboard):
    """The made-up tasks have no protocol that could compute anything again."""
    found = rows(leaderboard("rank", "--intervals", "examples", "--format", "json"))
    assert [(row["rank_low"], row["rank_high"], row["resampled"]) for row in found] == [(1, 1, "0/1"), (2, 2, "0/1")]
