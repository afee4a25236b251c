"""Task files are written all or none, and replace nothing without being told."""

from pathlib import Path

import pytest

from leaderboard.errors import RequestError
from leaderboard.own_data.own_data import TaskFile
from leaderboard.own_data.writing import write_files


def test_an_existing_file_is_kept_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("mine")
    files = [TaskFile(tmp_path / "a.yaml", "a"), TaskFile(tmp_path / "b.yaml", "b")]
    with pytest.raises(RequestError, match=r"b\.yaml exist already(?s:.)*--force"):
        write_files(files, replace=False)
    assert [path.name for path in tmp_path.iterdir()] == ["b.yaml"]
    write_files(files, replace=True)
    assert [(tmp_path / name).read_text() for name in ("a.yaml", "b.yaml")] == ["a", "b"]


def test_where_one_file_cannot_be_written_the_others_are_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine")
    (tmp_path / "folder.yaml").mkdir()
    files = [TaskFile(tmp_path / name, "new") for name in ("a.yaml", "new.yaml", "folder.yaml")]
    with pytest.raises(RequestError, match="nothing was written"):
        write_files(files, replace=True)
    assert (tmp_path / "a.yaml").read_text() == "mine"
    assert not (tmp_path / "new.yaml").exists()


def test_nothing_is_written_through_a_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "a.yaml").symlink_to(tmp_path / "elsewhere" / "a.yaml")
    with pytest.raises(RequestError, match="outside its folder"):
        write_files([TaskFile(tmp_path / "tasks" / "a.yaml", "a")], replace=True)
    assert not list((tmp_path / "elsewhere").iterdir())
