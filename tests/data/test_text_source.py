"""Text files that are read line by line: as those that are decoded as a whole, in less memory."""

import tracemalloc
from pathlib import Path

import pytest

from leaderboard.data import decoding
from leaderboard.data.delimited import quoting_evidence
from leaderboard.data.rows import read_rows
from leaderboard.data.specification import Reading
from leaderboard.data.text_source import TextSource, open_text
from leaderboard.errors import RequestError

TEXT = 'a,b\n"très bon,\nvraiment",1\r\n\nlast\r,2'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "gb18030", "latin-1"]
)
def test_lines_are_those_of_the_decoded_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    whole = decoding.decode(path, encoding)
    monkeypatch.setattr(decoding, "decode", None)
    source = open_text(path, encoding)
    assert (source.text(), "".join(source.lines())) == (whole, whole)
    assert list(source.lines()) == list(TextSource.of_text(whole, path).lines())
    assert source.beginning(3) == TextSource.of_text(whole, path).beginning(4)[: len(source.beginning(3))]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (TEXT.encode("cp1252"), "utf-8", "line 2: not UTF-8 text"),
        (TEXT.encode(), "cp1252", "it is UTF-8 text, which"),
        (b"a\rb\r", "utf-8", "CR alone"),
        (b"PK\x03\x04", "utf-8", "ZIP archive"),
        (TEXT.encode("utf-16"), "utf-8", "byte-order mark of utf-16"),
        ("a \x93b\x94 \xe9".encode("latin-1"), "latin-1", "control character"),
        ("a,b\n".encode("utf-16-le"), "utf-8", "full of NUL"),
    ],
    ids=range(7),
)
def test_an_unusual_file_is_explained(tmp_path: Path, content: bytes, encoding: str, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(RequestError, match=message):
        open_text(tmp_path / "a.csv", encoding)


def test_a_character_may_be_parted_by_the_end_of_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x" + "é" * 600_000 + "\nlast", encoding="utf-8")
    source = open_text(path, "utf-8")
    assert source.scan is not None
    assert (source.scan.longest_line, source.scan.line_ends, source.scan.is_utf8) == (600_001, 1, True)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    row = f'{{"text": "{"word " * 400}"}}' if ending == "jsonl" else "word " * 400 + ",1"
    path.write_text(f"{row}\n" * 6_000)
    reading = Reading.model_validate({"format": "jsonl" if ending == "jsonl" else "delimited"})
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_rows(path, reading)) >= 5_999
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 2
    finally:
        tracemalloc.stop()


def test_quoted_values_that_all_hold_a_tab_are_seen() -> None:
    source = TextSource.of_text('"a\tb"\t1\n' * 3, Path("a.tsv"))
    assert "holds a line end or a delimiter" in quoting_evidence(source, "\t")
