"""Groups: spellings of one group, groups in two files, and equal texts of different groups."""

from pathlib import Path

import pytest

from leaderboard.data.sampling import group_key, split_position
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataOptions
from tests.own_data.files import lines, reviews


def write(path: Path, groups: list[str], *, suffix: str = "", header: str = "text,label,by") -> Path:
    rows = [(f"{text}{suffix}", label, groups[n % len(groups)]) for n, (text, label) in enumerate(reviews())]
    path.write_text(lines(rows, header=header))
    return path


def inspect(folder: Path, **files: Path) -> Inspection:
    return inspect_data(DataOptions.read(folder / "reviews.csv", {"group": "by", **files}))  # type: ignore[typeddict-item]


@pytest.mark.parametrize("spelling", ["7.0", " 7 ", "7.00"])
def test_spellings_of_a_group_have_one_key(spelling: str) -> None:
    assert group_key(spelling) == "7"


def test_the_composition_of_characters_does_not_count() -> None:
    assert group_key("Rene\u0301") == group_key("Ren\u00e9")


@pytest.mark.parametrize("group", ["Anna", "anna", "007", "1.10", "a  b", "1e5"])
def test_plain_groups_keep_their_split(group: str) -> None:
    assert group_key(group) == group
    assert split_position("text", "7") == pytest.approx(0.5648, abs=1e-3)


@pytest.mark.parametrize("flag", ["test", "ood"])
def test_a_group_in_two_files_is_refused(tmp_path: Path, flag: str) -> None:
    write(tmp_path / "reviews.csv", [str(n) for n in range(31)])
    other = write(tmp_path / "other.csv", ["7.0", "99"], suffix=" elsewhere, in some other town")
    with pytest.raises(RequestError, match=r"1 of 2 groups of other\.csv .* '7', with 60 of its rows"):
        inspect(tmp_path, **{flag: other})
    apart = write(tmp_path / "apart.csv", ["98", "99"], suffix=" elsewhere, in some other town")
    assert inspect(tmp_path, **{flag: apart}).other_files


def test_a_file_without_groups_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "reviews.csv", [str(n) for n in range(31)])
    other = write(tmp_path / "other.csv", ["a"], suffix=" elsewhere", header="text,label,extra")
    assert any("other.csv (--test) has no column 'by'" in note for note in inspect(tmp_path, test=other).notes)


def test_equal_texts_of_different_groups_are_counted_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv", [str(n) for n in range(31)])
    copies = lines([(text, label, "40") for text, label in reviews()[:5]]) + lines([(*reviews()[0], "0.0")])
    path.write_text(path.read_text() + copies)
    notes = inspect(tmp_path).notes
    assert any("5 of 126 rows of reviews.csv repeat a text of another group" in note for note in notes)
    assert any(
        "1 of 126 rows of reviews.csv repeat an earlier row; equal texts are in the same split" in each
        for each in notes
    )
