"""Random splits of a file, where its rows leave one without any."""

from pathlib import Path

import pytest

from leaderboard.data.sampling import split_position
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import inspect_data
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.split_plan import TEXT_SHARES
from tests.own_data.files import lines, reviews


def test_a_file_that_is_a_split_of_a_larger_one_leads_to_that(tmp_path: Path) -> None:
    _, end = TEXT_SHARES.whole["train"]
    path = tmp_path / "reviews.csv"
    path.write_text(lines([row for row in reviews() if split_position(row[0], None) < end]))
    with pytest.raises(RequestError, match=r"split 'nonmembers' has 0 rows .*\n  .* drew from a larger file"):
        inspect_data(DataOptions.read(path, {}))


@pytest.mark.parametrize(("rows", "count"), [(1_000, "counts in no ranking"), (2_000, "")])
def test_a_note_says_whether_attacks_have_enough_rows(tmp_path: Path, rows: int, count: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(lines(reviews(rows), header="text,label"))
    notes = [note for note in inspect_data(DataOptions.read(path, {})).notes if "privacy" in note]
    assert len(notes) == bool(count)
    assert all(f"but {count}" in note and "about 1,700 in the file" in note for note in notes)
