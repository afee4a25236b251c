import os

import pytest

from leaderboard.errors import RequestError
from leaderboard.settings import user_path


@pytest.mark.parametrize("text", ["a" * 256, "é" * 128, "folder/" + "a" * 300, "a/" * 2100, "a\0b", "a\ud800"])
def test_what_no_file_system_takes_for_a_path_is_refused_in_one_message(text):
    with pytest.raises(RequestError, match="cannot be a path\n  A path has at most 4095 bytes, each name in it 255"):
        user_path(text)


@pytest.mark.parametrize("text", ["a" * 255, "folder/" + "a" * 255, "a/" * 2000, "", ".", os.fsdecode(b"\xff.db")])
def test_any_other_path_is_taken_as_it_is(text):
    assert os.fspath(user_path(text)) == os.fspath(os.path.normpath(text))
