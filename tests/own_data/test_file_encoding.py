"""Files that are UTF-8 except for a few bytes."""

from pathlib import Path

import pytest

from leaderboard import Leaderboard
from leaderboard.errors import RequestError
from leaderboard.own_data.file_encoding import detect_encoding
from leaderboard.own_data.inspection import inspect_data
from leaderboard.own_data.options import DataOptions
from tests.own_data.files import chinese_reviews, lines, reviews, table

ACCENTS = lines([(f"{text}, très bon café", label) for text, label in reviews()], header="text,label").encode()
CHINESE = lines(chinese_reviews(), header="text,label").encode()
FRENCH_STRAY = ACCENTS.replace("café".encode(), b"caf\xe9", 1)
CHINESE_STRAY = CHINESE.replace("间".encode(), b"\xbc\xe4", 2)
LABEL_STRAY = ACCENTS.replace(b"positive", b"positiv\xe9", 1)


@pytest.mark.parametrize(("data", "bad"), [(FRENCH_STRAY, 1), (CHINESE_STRAY, 2), (LABEL_STRAY, 1)])
def test_a_stray_byte_is_a_bad_row(tmp_path: Path, data: bytes, bad: int) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(data)
    with pytest.raises(RequestError, match=r"are UTF-8, and .* lines? have bytes that are not.*(?s:.*)--drop-bad-rows"):
        inspect_data(DataOptions.read(path, {}))
    written = Leaderboard().init_tasks(path, drop_bad_rows=True)
    assert written.inspection.main.survey.bad == bad
    assert written.inspection.main.layout.reading.encoding == "utf-8"
    assert len(written.inspection.main.classes.names) == 2
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


def test_a_stray_byte_in_line_1_is_no_row() -> None:
    data = ACCENTS.replace(b"text,", b"t\xe9xt,")
    with pytest.raises(RequestError, match="correct line 1"):
        detect_encoding(Path("a.csv"), data, drop=True)


def test_other_encodings_are_not_taken_for_utf_8() -> None:
    for encoding in ("cp1252", "gb18030", "utf-16-le"):
        text = (CHINESE if encoding == "gb18030" else ACCENTS).decode()
        assert detect_encoding(Path("a.csv"), text.encode(encoding), drop=True).value == encoding


def test_a_nul_does_not_mean_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(table().encode().replace(b"good", b"go\0d", 1))
    with pytest.raises(RequestError, match=r"1 of 120 rows cannot be used(?s:.*)NUL(?s:.*)--drop-bad-rows"):
        inspect_data(DataOptions.read(path, {}))
    assert inspect_data(DataOptions.read(path, {"drop_bad_rows": True})).main.survey.bad == 1
