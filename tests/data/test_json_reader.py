"""JSON files from strangers: a value, or one message that names the file."""

from pathlib import Path

import pytest

from leaderboard.data.json_reader import read_json
from leaderboard.errors import RequestError


def test_a_file_is_named_with_what_is_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    for text, message in (("{", "not JSON: line 1, column 2"), ("[" * 900 + "]" * 900, "inside one another")):
        path.write_text(text)
        with pytest.raises(RequestError) as error:
            read_json(path)
        assert str(error.value).startswith(f"{path}: cannot be read: not JSON: ")
        assert message in str(error.value)
    path.write_text('{"a": 1}')
    assert read_json(path) == {"a": 1}
