"""The board with one row for all seeds of a recipe."""

from leaderboard.axes.axis import Axis
from leaderboard.board.frames import leaderboard as frames
from leaderboard.board.frames.seed_means import COLUMNS, seed_means
from tests.seeds.conftest import SeededStore


def test_rows_of_seeds_are_one_row_with_its_facts_and_sd(tmp_path):
    seeded = SeededStore(tmp_path / "seeds.db")
    for seed in (0, 1, 2):
        seeded.add(seed)
    board = frames.board(seeded.store, merge_seeds=True)
    label = "tiny/probe(reviews) (3 seeds)"
    assert board.utilities.subjects.tolist() == [label]
    assert board.facts.loc[label, "recipe"] == "probe"
    assert list(board.members(label)) == [f"tiny/probe(reviews) seed={seed}" for seed in (0, 1, 2)]
    details = frames.details(board, [label]).set_index("metric")
    assert " ± " in details.loc["accuracy", "value"]
    assert frames.left_out(seeded.store, board, ["accuracy.accuracy >= 0.99"]).keys() == {label}
    assert frames.filter_mask(board, frames.Filters(words="3 seeds", devices=["cpu"])).tolist() == [True]
    plain = frames.board(seeded.store)
    assert len(plain.utilities.subjects) == 3
    first = plain.utilities.subjects[0]
    assert plain.members(first) == {first: plain.options.identities[first]}
    assert Axis.ACCURACY in plain.utilities.axes
    seeded.store.close()


def test_a_card_has_the_means_over_the_other_seeds(tmp_path):
    seeded = SeededStore(tmp_path / "seeds.db")
    seeded.add(0)
    (only,) = {each.subject_identity for each in seeded.store.evaluations()}
    assert seed_means(seeded.store, only).empty
    seeded.add(1)
    means = seed_means(seeded.store, only)
    assert tuple(means.columns) == COLUMNS
    assert means["metric"].tolist() == ["accuracy"]
    assert means["seeds"].tolist() == ["0, 1"]
    assert " ± " in means["value"].iloc[0]
    seeded.store.close()
