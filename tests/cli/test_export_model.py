import pytest


@pytest.mark.usefixtures("filled")
def test_subject_without_weights_is_refused_with_what_to_do(leaderboard, tmp_path):
    result = leaderboard("export-model", "good", "mine")
    assert (result.status, result.out) == (2, "")
    assert "'good/zero_shot' has no weights of its own to export" in result.err
    assert "leaderboard run --model package:good --recipe finetune" in result.err
    assert not (tmp_path / "mine").exists()


def test_missing_store_says_what_to_do(leaderboard):
    result = leaderboard("export-model", "good", "mine")
    assert result.status == 2
    assert "nothing was measured yet" in result.err
