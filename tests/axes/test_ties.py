import pytest

from leaderboard.axes.ties import tie_notes


@pytest.mark.parametrize(
    ("scores", "ties"),
    [
        ([], 0),
        ([[0.5]], 0),
        ([[0.2, 0.8], [0.8, 0.2]], 0),
        ([[0.5, 0.5]], 1),
        ([[-1.0, -1.0, -3.0], [-1.0, -2.0, -3.0]], 1),
        ([[-3.0, -1.0, -1.0]] * 4, 4),
        ([[0.1, 0.1, 0.8]], 0),
    ],
    ids=["none", "one class", "clear", "equal", "of two of three", "not of the first", "below the highest"],
)
def test_ties_of_the_highest_score_are_counted(scores, ties):
    notes = tie_notes(scores, "classes")
    assert [note.partition(" are ties: several classes")[0] for note in notes] == (
        [f"{ties} of {len(scores)} answers"] if ties else []
    )


def test_few_ties_are_coincidence():
    clear, tie = [0.2, 0.8], [0.5, 0.5]
    assert tie_notes([tie] + [clear] * 99, "classes") == ()
    assert tie_notes([tie] * 2 + [clear] * 98, "classes") != ()
