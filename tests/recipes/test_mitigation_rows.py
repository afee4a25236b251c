"""What is shown of a mitigation: both sides of an exclusion name each other."""

from leaderboard.recipes.mitigation_rows import mitigation_rows, mitigation_text


def test_each_exclusion_is_shown_by_both_with_one_reason():
    excludes = {row["mitigation"]: row["excludes"] for row in mitigation_rows()}
    assert {"mixup", "augmentation", "adversarial"} <= set(excludes["dp_sgd"])
    for name, others in excludes.items():
        assert all(excludes[other][name] == reason for other, reason in others.items()), name


def test_mitigations_that_are_excluded_for_one_reason_share_it():
    (line,) = [line for line in mitigation_text("dp_sgd").splitlines() if line.startswith("excludes: ")]
    assert line.count("without noise") == line.count("learned twice") == 1
    assert "excludes: nothing" in mitigation_text("pruning")


def test_a_setting_that_a_search_tries_only_by_name_says_so():
    lines = mitigation_text("dp_sgd").splitlines()
    assert any("dp_epsilon (" in line and "where a space file names it" in line for line in lines)
    assert not any("dp_noise (" in line and "where a space file names it" in line for line in lines)
