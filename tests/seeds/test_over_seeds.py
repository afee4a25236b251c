"""One row for all seeds of a recipe: groups, merged frames, rankings, comparisons and exports."""

import dataclasses

import numpy as np
import pytest

from leaderboard.errors import RequestError
from leaderboard.seeds.groups import find_group, seed_groups
from tests.comparison.conftest import task_record


def row(frame, metric="accuracy"):
    (only,) = frame[frame["metric"] == metric].to_dict("records")
    return only


def test_three_seeds_are_one_row_with_mean_and_sd(seeded):
    for seed in (2, 0, 1):
        seeded.add(seed)
    plain = seeded.board.results(metrics="accuracy")
    assert len(plain) == 3
    assert "seeds" not in plain
    merged = row(seeded.board.results(metrics="accuracy", merge_seeds=True))
    assert merged["subject"] == "tiny/probe(reviews) (3 seeds)"
    assert merged["seeds"] == "0, 1, 2"
    assert merged["value"] == pytest.approx(plain["value"].mean())
    assert merged["seed_sd"] == pytest.approx(plain["value"].std())
    assert merged["low"] < plain["value"].min() or merged["high"] > plain["value"].max()
    assert 0 <= merged["low"] <= merged["value"] <= merged["high"] <= 1
    assert merged["notes"].startswith("mean over seeds 0, 1 and 2")


def test_other_settings_are_another_row_and_a_recipe_without_training_has_no_seeds(seeded):
    for seed in (0, 1):
        seeded.add(seed)
    seeded.add(0, c=2.0)
    seeded.add(0, recipe="zero_shot")
    labels = [group.label for group in seed_groups(seeded.store)]
    assert labels == ["tiny/probe(reviews) c=1.0 (2 seeds)", "tiny/probe(reviews) c=2.0 (1 seed)",
                      "tiny/zero_shot(reviews)"]  # fmt: skip
    frame = seeded.board.results(metrics="accuracy", merge_seeds=True).set_index("subject")
    assert frame.loc[labels[1], "seeds"] == "0"
    assert np.isnan(frame.loc[labels[1], "seed_sd"])
    assert frame.loc[labels[2], "seeds"] == ""


def test_a_seed_that_failed_is_named_and_nothing_is_averaged(seeded):
    seeded.add(0)
    seeded.add(1, reason="out of memory")
    merged = row(seeded.board.results(metrics="accuracy", merge_seeds=True))
    assert merged["status"] == "not_measured"
    assert np.isnan(merged["value"])
    assert merged["reason"] == "not measured with seed 1 (out of memory); measured with seed 0"


def test_a_seed_without_an_evaluation_is_named(seeded):
    other = task_record("other")
    for seed in (0, 1):
        seeded.add(seed)
    seeded.add(0, task=other)
    merged = row(seeded.board.results(metrics="accuracy", tasks="other", merge_seeds=True))
    assert merged["reason"] == "not measured with seed 1 (no evaluation with these settings); measured with seed 0"


def test_evaluations_with_another_limit_are_not_mixed(seeded):
    for seed in (0, 1):
        seeded.add(seed)
    seeded.add(0, limit=10, right=[True] * 10)
    assert row(seeded.board.results(metrics="accuracy", merge_seeds=True))["n"] == 120


def test_other_training_data_under_one_name_is_another_row(seeded):
    seeded.add(0)
    seeded.add(1, task=task_record(description="Other data."))
    assert [len(group.members) for group in seed_groups(seeded.store)] == [1, 1]


def test_a_group_is_found_by_the_start_of_its_name(seeded):
    for seed in (0, 1):
        seeded.add(seed)
        seeded.add(seed, c=2.0)
    groups = seed_groups(seeded.store)
    assert find_group(groups, "tiny/probe(reviews) c=1.0").seeds == (0, 1)
    assert find_group(groups, groups[1].members[0].identity[:12]) == groups[1]
    with pytest.raises(RequestError, match="ambiguous"):
        find_group(groups, "tiny")
    with pytest.raises(RequestError, match="unknown subject 'tinny'"):
        find_group(groups, "tinny")


def test_seeds_are_compared_seed_by_seed_and_example_by_example(seeded):
    for seed in (0, 1, 2):
        seeded.add(seed)
        seeded.add(seed, c=2.0)
    report = seeded.board.compare("tiny/probe(reviews) c=1.0", "tiny/probe(reviews) c=2.0", merge_seeds=True)
    accuracy = row(report.frame)
    gaps = [seeded.rights(s, 1.0).mean() - seeded.rights(s, 2.0).mean() for s in range(3)]
    assert accuracy["difference"] == pytest.approx(np.mean(gaps))
    assert accuracy["test"] == "paired t over 3 seeds and examples"
    assert accuracy["certain"]
    assert accuracy["first_sd"] == pytest.approx(np.std([seeded.rights(s, 1.0).mean() for s in range(3)], ddof=1))
    assert row(report.frame, "brier")["test"] == "paired t over 3 seeds and examples"
    assert report.notes == ()
    assert "± is the standard deviation between seeds." in str(report)
    with pytest.raises(RequestError, match="--show-flips cannot be combined with --merge-seeds"):
        report.flips(["reviews"])


def test_other_seeds_are_compared_by_their_intervals_and_said(seeded):
    for seed in (0, 1):
        seeded.add(seed)
        seeded.add(seed + 2, c=2.0)
    report = seeded.board.compare("tiny/probe(reviews) c=1.0", "tiny/probe(reviews) c=2.0", merge_seeds=True)
    assert not row(report.frame)["paired"]
    assert any("fewer than two seeds in common (seeds 0 and 1 against seeds 2 and 3)" in each for each in report.notes)
    assert "reviews: seed 0, 1 against 2, 3" in report.notes


def test_a_recipe_without_training_is_compared_with_every_seed(seeded):
    for seed in (0, 1):
        seeded.add(seed)
    seeded.add(0, recipe="zero_shot", right=np.arange(120) % 2 == 0)
    report = seeded.board.compare("tiny/probe", "tiny/zero_shot", merge_seeds=True)
    accuracy = row(report.frame)
    assert accuracy["test"] == "paired t over 2 seeds and examples"
    assert accuracy["second"] == 0.5


def test_groups_are_ranked(seeded):
    for seed in (0, 1, 2):
        seeded.add(seed)
        seeded.add(seed, c=2.0)
    report = seeded.board.rank(tasks="reviews", merge_seeds=True, intervals="examples", weights={"accuracy": 1})
    assert report.frame["subject"].tolist() == [f"tiny/probe(reviews) c={c} (3 seeds)" for c in (1.0, 2.0)]
    only = seeded.board.rank(tasks="reviews", merge_seeds=True, subjects="tiny/probe(reviews) c=2.0")
    assert only.frame["subject"].tolist() == ["tiny/probe(reviews) c=2.0 (3 seeds)"]
    assert len(seeded.board.rank(tasks="reviews").frame) == 6


def test_a_table_for_a_paper_has_mean_and_sd(seeded):
    for seed in (0, 1, 2):
        seeded.add(seed)
    text = seeded.board.export("markdown", merge_seeds=True).text
    assert "(3 seeds)" in text
    assert " ± " in text
    assert "± is the standard deviation between seeds" in text
    csv = seeded.board.export("csv", merge_seeds=True).text.splitlines()
    assert csv[0].endswith("seeds,seed_sd")
    with pytest.raises(RequestError, match="merge_seeds=True: the format json holds one subject for each seed"):
        seeded.board.export("json", merge_seeds=True)


def test_a_gate_judges_one_seed(seeded):
    seeded.add(0)
    with pytest.raises(RequestError, match="is a mean over seeds, and a gate judges one subject"):
        seeded.board.gate_template("tiny/probe(reviews) (3 seeds)")


def test_without_observations_the_interval_is_wider(seeded):
    from leaderboard.seeds.merging import merged_results
    from leaderboard.store.results import results_by_identity

    for seed in (0, 1, 2):
        seeded.add(seed)
    (group,) = seed_groups(seeded.store)
    members = results_by_identity(seeded.store, [each.identity for each in group.members])
    without = {
        name: dataclasses.replace(
            each, evaluations=tuple(dataclasses.replace(one, observe=tuple) for one in each.evaluations)
        )
        for name, each in members.items()
    }
    full, less = (merged_results(group, each).evaluations[0].estimates[0].estimate for each in (members, without))
    assert less.value == full.value
    assert less.low < full.low
