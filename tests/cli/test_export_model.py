import pytest


@pytest.mark.usefixtures("filled")
def test_subject_without_weights_is_refused_with_what_to_do(leaderboard, tmp_path):
    said = leaderboard("export-model", "good", "mine")
    assert (said.status, said.out) == (2, "")
    assert "'good/zero_shot' has no weights of its own to export" in said.err
    assert "leaderboard run --model package:good --recipe finetune" in said.err
    assert not (tmp_path / "mine").exists()


def test_missing_store_says_what_to_do(leaderboard):
    said = leaderboard("export-model", "good", "mine")
    assert said.status == 2
    assert "there is nothing to export yet" in said.err
