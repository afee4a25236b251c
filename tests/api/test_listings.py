"""What is declared is listed without a store, and the cache is read and pruned from Python as on the command line."""

from datetime import timedelta

import pytest
import yaml

from leaderboard.api.cache import cache_contents, prune_cache
from leaderboard.api.leaderboard import Leaderboard
from leaderboard.api.listings import (
    describe_mitigation,
    list_metrics,
    list_mitigations,
    list_recipes,
    recipe_file,
)
from leaderboard.errors import RequestError
from leaderboard.settings import cache_folder


def test_metrics_of_an_axis_are_those_of_that_axis():
    assert {metric.axis for metric in list_metrics("privacy")} == {"privacy"}
    assert len(list_metrics()) > len(list_metrics(["privacy", "bias"])) > len(list_metrics("bias"))
    with pytest.raises(RequestError, match="privcy"):
        list_metrics("privcy")


def test_a_recipe_is_described_with_its_settings_and_written_as_a_file():
    (probe,) = [each for each in list_recipes() if each.name == "probe"]
    assert probe.description.startswith("Train a logistic regression")
    assert set(yaml.safe_load(recipe_file("probe"))) == {"recipe", *probe.settings}
    with pytest.raises(RequestError, match="unknown recipe 'prob'"):
        recipe_file("prob")


def test_every_listed_mitigation_is_described():
    for row in list_mitigations():
        assert describe_mitigation(row["mitigation"]).startswith(f"{row['mitigation']}: {row['description']}")


def test_the_cache_is_read_and_pruned():
    (cache_folder() / "heads").mkdir(parents=True)
    (cache_folder() / "heads" / "h.safetensors").write_bytes(bytes(10))
    assert (cache_contents().size, cache_contents().limit) == (10, 50_000_000_000)
    assert prune_cache(older_than=timedelta(hours=1)).removed == []
    assert prune_cache(max_bytes=0, dry_run=True).freed == 10
    assert prune_cache(everything=True).freed == 10
    assert cache_contents().size == 0


def test_contradicting_arguments_are_refused():
    with pytest.raises(RequestError, match="everything=True cannot be combined"):
        prune_cache(everything=True, max_bytes=5)


def test_a_folder_without_baselines_has_none(tmp_path):
    assert Leaderboard().baselines(tmp_path) == []
