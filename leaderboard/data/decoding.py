"""Decoding of text files, with the likely encoding in error messages."""

import codecs
import re
from pathlib import Path

from leaderboard.data.text_files import bytes_text
from leaderboard.errors import RequestError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTAINERS = (
    (b"\x1f\x8b", "compressed by gzip; unpack it first, or name a .tar.gz and the file in it with `member`"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet; name the file in it with `member`, or save it as CSV"),
    (b"BZh", "compressed by bzip2; unpack it first, or name a .tar.bz2 and the file in it with `member`"),
    (b"\xfd7zXZ\x00", "compressed by xz; unpack it first, or name a .tar.xz and the file in it with `member`"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"PAR1", "a Parquet file; write `format: parquet` under `read:`"),
    (b"ARROW1", "an Arrow file; write `format: arrow` under `read:`"),
    (b"SQLite format 3", "an SQLite database; save the table as CSV or JSON lines"),
)
LARGEST_BYTES = 2**30
"""Maximum bytes of a data file, which is read as a whole and takes several times its size in memory."""
MOST_LINES = 20_000_000
LONGEST_LINE = 10_000_000
"""Maximum characters of a line."""
_LIKELY = {"euc_kr": 0.9, "gb18030": 0.7, "shift_jis": 0.7, "euc_jp": 0.7, "big5": 0.7, "cp1251": 0.7, "cp1252": 0.7}
"""Minimum share of the non-ASCII characters that must be usual for the language of an encoding, in the order of
trying: two thirds of Chinese would be Korean syllables, and all Korean is Chinese."""
_SAMPLE = 200_000
CONTROLS = re.compile("[\x80-\x9f]")
"""Control characters of Latin-1, where Windows has quotation marks, dashes and the euro sign."""
STRAY = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, decoded with `surrogateescape`."""
_BEYOND = re.compile(r"[^\x00-\x7f]+")


def decode(path: Path, encoding: str, *, keep_stray_bytes: bool = False) -> str:
    """Read the text of a file, without its byte-order mark.

    Args:
        path: path of the file.
        encoding: Python's name of it.
        keep_stray_bytes: decode bytes that are not UTF-8, in a text that otherwise is, as half characters, which
            `data.reading.check_text` refuses row by row; not in line 1, which may name the columns.

    Raises:
        RequestError: for bytes that are not of that encoding, naming the line and the encoding that would do; for a
            file that is UTF-8 and is read as something else; for archives, and lines that end in CR alone.
    """
    data = text_bytes(path)
    if (
        keep_stray_bytes
        and codecs.lookup(encoding).name == "utf-8"
        and has_stray_bytes(data)
        and stray_byte(data.partition(b"\n")[0]) is None
    ):
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    else:
        text = _decoded(path, data, encoding)
    if "\r" in text and "\n" not in text:
        raise RequestError(f"{path}: its lines end in CR alone; save it with line ends LF or CRLF")
    if text.count("\0") * 10 > len(text):
        raise RequestError(
            f"{path}: it is full of NUL characters, as UTF-16 is without its mark{_advice(data, encoding)}"
        )
    return text


def has_stray_bytes(data: bytes) -> bool:
    """Whether a text is UTF-8 except for a few bytes.

    Most of its characters beyond ASCII are valid UTF-8, which those of another encoding are not by chance.
    """
    if stray_byte(data) is None:
        return False
    text = data.decode("utf-8", "surrogateescape")
    beyond = sum(map(len, _BEYOND.findall(text)))
    return 2 * len(STRAY.findall(text)) <= beyond


def stray_byte(data: bytes) -> int | None:
    """Return the position of the first byte that is not UTF-8; None where there is none."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def text_bytes(path: Path) -> bytes:
    """Read the bytes of a text file, up to a limit, since some files never end.

    Raises:
        RequestError: for a file that cannot be read or is too large; for archives and the like.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise RequestError(f"{path}: larger than {bytes_text(LARGEST_BYTES)}; split it into files that are smaller")
    for magic, kind in _CONTAINERS:
        if data.startswith(magic):
            raise RequestError(f"{path}: not a text file but {kind}")
    return data


def is_container(begin: bytes) -> bool:
    """Whether a file that begins with these bytes is an archive or the like, and no text."""
    return begin.startswith(tuple(magic for magic, _ in _CONTAINERS))


def byte_order_mark(begin: bytes) -> str:
    """Return the encoding whose byte-order mark these bytes begin with, other than UTF-8; empty for none."""
    return next((name for mark, name in _MARKS if begin.startswith(mark)), "")


def check_lines(text: str, path: Path) -> None:
    """Check the number of lines of a text and their length.

    Raises:
        RequestError: naming the line, and what would be valid.
    """
    if text.count("\n") > MOST_LINES:
        raise RequestError(f"{path}: more than {MOST_LINES:,} lines; split it into files that have fewer")
    if len(text) <= LONGEST_LINE:
        return
    begin = number = 0
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        number += 1
        if end - begin > LONGEST_LINE:
            raise RequestError(
                f"{path}: line {number}: {end - begin:,} characters; the most are {LONGEST_LINE:,}\n"
                "  No text that a model reads is so long: the line ends of the file may be lost."
            )
        begin = end + 1


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    codec = codecs.lookup(encoding).name
    utf8 = codec in {"utf-8", "utf-8-sig"}
    mark = byte_order_mark(data)
    if utf8 and mark:
        raise RequestError(
            f"{path}: it begins with the byte-order mark of {mark}; write `encoding: {mark}` under `read:`"
        )
    try:
        text = data.decode("utf-8-sig" if utf8 else encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        name = "UTF-8" if utf8 else encoding
        raise RequestError(
            f"{path}: line {line}: not {name} text: {error.reason} (byte {error.start}){_advice(data, encoding)}"
        ) from None
    except UnicodeError as error:  # UTF-16 without a mark
        raise RequestError(f"{path}: not {encoding} text: {error}{_advice(data, encoding)}") from None
    if not utf8 and not data.isascii() and not codec.startswith("utf") and _fits(data, "utf-8"):
        raise RequestError(f"{path}: it is UTF-8 text, which `encoding: {encoding}` would garble; leave `encoding` out")
    control = CONTROLS.search(text) if codec == "iso8859-1" and _fits(data, "cp1252") else None
    if control is not None:
        line = text[: control.start()].count("\n") + 1
        raise RequestError(
            f"{path}: line {line}: `encoding: {encoding}` reads a control character there, which is a quotation mark, "
            "dash or the like in cp1252; write `encoding: cp1252` under `read:`"
        )
    return text.removeprefix("\ufeff")


def _advice(data: bytes, encoding: str) -> str:
    likely = likely_encoding(data)
    if likely is None or likely == encoding:
        return "\n  Save it as UTF-8, or name its encoding with `encoding:` under `read:`"
    return f"\n  It reads as {likely}: write `encoding: {likely}` under `read:`, or save it as UTF-8"


def likely_encoding(data: bytes) -> str | None:
    """Return the likely encoding of bytes, judged by whether they decode to usual characters; None where unknown."""
    mark = byte_order_mark(data)
    if mark or _fits(data, "utf-8-sig"):
        plain = mark or "utf-8"
        return _utf16(data) or plain if data.count(b"\0") * 10 > len(data) and not mark else plain
    if wide := _utf16(data):
        return wide
    for name, least in _LIKELY.items():
        if _fits(data, name):
            beyond = [letter for letter in data.decode(name)[:_SAMPLE] if not letter.isascii()]
            usual = sum(_is_usual(letter, name) for letter in beyond)
            if usual >= least * len(beyond) and (name == "cp1252" or not _within_words(data.decode(name)[:_SAMPLE])):
                return name
    return None


def _utf16(data: bytes) -> str | None:
    """Detect UTF-16 without a byte-order mark, of mostly ASCII text: every other byte is zero."""
    if len(data) < 2:  # noqa: PLR2004 - a character
        return None
    half = len(data) // 2
    for name, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if zeros.count(0) > half * 0.6 and _fits(data, name):
            return name
    return None


def _fits(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeError:
        return False
    return True


def _within_words(text: str) -> bool:
    """Whether most non-ASCII characters follow Latin letters, as accented letters of Western languages do."""
    runs = list(_BEYOND.finditer(text))
    return 2 * sum(run.start() > 0 and text[run.start() - 1].isalpha() for run in runs) > len(runs)


def _is_usual(letter: str, encoding: str) -> bool:
    """Whether a character is among the most frequent ones in the language of an encoding."""
    match encoding:
        case "gb18030":  # the first level of GB 2312 holds 3,755 common characters; and its punctuation
            raw = letter.encode("gb18030")
            return len(raw) == 2 and (0xB0 <= raw[0] <= 0xD7 or 0xA1 <= raw[0] <= 0xA3) and raw[1] >= 0xA1  # noqa: PLR2004
        case "shift_jis" | "euc_jp":
            return "\u3000" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff"
        case "euc_kr":
            return "\uac00" <= letter <= "\ud7a3"
        case "big5":
            return "\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uff5e"
        case "cp1251":
            return "\u0410" <= letter <= "\u044f" or letter in "ёЁ«»—–…№"
    return letter.isalpha() or letter in "\u2018\u2019\u201c\u201d\u2013\u2014\u2026«»€£°·¿¡\u00a0©®™"
