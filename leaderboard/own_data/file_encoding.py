"""Detection of the encoding of a text file."""

import re
import unicodedata
from pathlib import Path

from leaderboard.data.decoding import has_stray_bytes, likely_encoding, stray_byte, text_bytes
from leaderboard.data.text_scan import scan_text
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import Detected, Detection, question

_FLAG = "--encoding NAME"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
"""Byte-order marks; that of UTF-32 begins with that of UTF-16."""
_WIDE = ("utf-16-le", "utf-16-be")
_MOST_NUL = 0.01
"""Maximum share of NUL in a text that is UTF-8: UTF-16 has one in each ASCII character, thus in each line end."""
_MOST_SAMPLED = 1 << 16
_LEAST_TEXT = 0.98
"""Minimum share of characters that are assigned and printable in a text of 16-bit units."""
_FEWEST = 4
"""Minimum number of characters beyond ASCII from which on their encoding is judged."""
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôöøùúûüÿœßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜŸŒ")
"""Letters of Western European languages in cp1252, without those that other code pages have letters of theirs for."""
_PORTUGUESE = frozenset("õÕ")
"""Letters that come with a tilde over a: alone they are Hungarian in another code page."""
_INSIDE_WORDS = re.compile(r"(?<=[^\W\d_])[¡-©«-´¶-¹»-¿×÷](?=[^\W\d_])")
"""Symbols between two letters, which are letters of another code page."""
_FREQUENT_RUSSIAN = frozenset("оеаинт")
_LEAST_FREQUENT = 0.3
"""Minimum share of the six most frequent letters in Russian, where they are 46 % (Lyashevskaya & Sharoff 2009)."""


def detect_file_encoding(path: Path, *, drop: bool = False) -> Detected[str]:
    """Detect the encoding of a file as `detect_encoding` does; one of valid UTF-8 is not held in memory.

    Args:
        path: path of the file.
        drop: leave out rows with bytes that are not UTF-8.

    Raises:
        RequestError: as `detect_encoding` does; for a file that cannot be read.
    """
    scan = scan_text(path, "utf-8")
    if scan is not None and not scan.has_mark and scan.nuls <= _MOST_NUL * scan.size:
        return _utf8(is_ascii=scan.is_ascii)
    return detect_encoding(path, text_bytes(path), drop=drop)


def detect_encoding(path: Path, data: bytes, *, drop: bool = False) -> Detected[str]:
    """Detect the encoding of a file.

    A byte-order mark and valid UTF-8 are safe. Other encodings are judged by whether the text has the usual characters
    of their language, as `data.decoding.likely_encoding` does, which is more often right on short texts than
    charset-normalizer (which took short Chinese in GB18030 for Korean, and German in Latin-1 for Japanese).

    Args:
        path: path of the file, for messages.
        data: its bytes.
        drop: leave out rows with bytes that are not UTF-8.

    Raises:
        RequestError: for a file that is not text; as a question where several encodings are as likely.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _detected(name, "byte-order mark")
    if has_stray_bytes(data) and data.count(b"\0") <= _MOST_NUL * len(data):
        return _mostly_utf8(path, data, drop=drop)
    if stray_byte(data) is None and data.count(b"\0") <= _MOST_NUL * len(data):
        return _utf8(is_ascii=data.isascii())
    if b"\0" in data:
        return _detected(_wide(path, data), "16-bit characters without a byte-order mark")
    return _of_eight_bits(path, data)


def _utf8(*, is_ascii: bool) -> Detected[str]:
    return _detected("utf-8", "plain ASCII" if is_ascii else "valid UTF-8")


def _detected(name: str, evidence: str) -> Detected[str]:
    return Detected(name, Detection("encoding", name, evidence, _FLAG))


def _mostly_utf8(path: Path, data: bytes, *, drop: bool) -> Detected[str]:
    lines = [number for number, line in enumerate(data.split(b"\n"), start=1) if stray_byte(line) is not None]
    shown = f"{len(lines):,} lines have bytes that are not, such as line {lines[0]}"
    if lines[0] == 1:
        raise question(path, f"most characters beyond ASCII are UTF-8, and {shown}; correct line 1", _FLAG)
    if drop:
        return _detected("utf-8", f"most characters beyond ASCII; {shown}")
    raise question(
        path,
        f"most characters beyond ASCII are UTF-8, and {shown}",
        "--drop-bad-rows, which leaves these rows out,",
        _FLAG,
    )


def _wide(path: Path, data: bytes) -> str:
    """Return the byte order of UTF-16 in which the data is text.

    Raises:
        RequestError: where it is text in neither.
    """
    shares = {name: _text_share(data[:_MOST_SAMPLED], name) for name in _WIDE}
    likely = max(shares, key=shares.__getitem__)
    if shares[likely] < _LEAST_TEXT or len(data) % 2:
        raise RequestError(
            f"{path}: it is binary data, not text; name a file of CSV, TSV, JSON, JSON lines, Parquet, Arrow or Excel"
        )
    return likely


def _text_share(data: bytes, encoding: str) -> float:
    text = data[: len(data) // 2 * 2].decode(encoding, errors="replace")
    ends = text.count("\n") + text.count(",") + text.count("\t")
    plain = sum(unicodedata.category(letter) not in {"Cn", "Co", "Cs", "Cc"} or letter in "\r\n\t" for letter in text)
    return plain / len(text) if ends else 0.0


def _of_eight_bits(path: Path, data: bytes) -> Detected[str]:
    likely = likely_encoding(data)
    flags = ("--encoding gb18030", "cp1252", "another name")
    if likely is None:
        raise question(path, "its encoding is not UTF-8, and no other one is likely", *flags)
    letters = [letter for letter in data.decode(likely)[:_MOST_SAMPLED] if not letter.isascii()]
    if likely == "cp1252":
        if odd := _not_western(data.decode(likely)[:_MOST_SAMPLED]):
            raise question(path, f"its encoding may be cp1252 (Latin-1), but then it has {odd}", *flags)
        return _detected(likely, "not UTF-8; its letters are those of Western languages in Latin-1")
    if len(letters) < _FEWEST:
        raise question(
            path, f"its encoding may be {likely}, but {len(letters)} characters beyond ASCII do not show it", *flags
        )
    if likely == "cp1251" and _russian_share(letters) < _LEAST_FREQUENT:
        raise question(path, "its encoding may be cp1251, but its letters are not as frequent as in Russian", *flags)
    return _detected(likely, f"not UTF-8; {len(letters):,} usual characters in {likely}")


def _not_western(text: str) -> str:
    """Return what a text has that is unusual in Western languages; empty where it has nothing."""
    letters = {letter for letter in text if not letter.isascii() and letter.isalpha()}
    if odd := sorted(letters - _WESTERN - (_PORTUGUESE if letters & {"ã", "Ã"} else set())):
        return f"the letters {' '.join(odd[:8])}"
    if inside := _INSIDE_WORDS.search(text):
        return f"{inside[0]} inside words"
    return ""


def _russian_share(letters: list[str]) -> float:
    lower = [letter.lower() for letter in letters if letter.isalpha()]
    return sum(letter in _FREQUENT_RUSSIAN for letter in lower) / max(1, len(lower))
