"""A pass over a text file in pieces: what it holds, without keeping any of it."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.data import decoding

_PIECE = 1 << 20
_UTF8 = frozenset({"utf-8", "utf-8-sig"})


@dataclass(slots=True)
class TextScan:
    """Counts of the text of a file.

    Attributes:
        size: number of bytes.
        characters: number of characters.
        nuls: number of NUL characters.
        line_ends: number of LF.
        longest_line: number of characters of the longest line.
        has_mark: whether it begins with a byte-order mark.
        has_returns: whether there is a CR.
        has_controls: whether there are control characters of Latin-1.
        is_ascii: whether all bytes are ASCII.
        is_utf8: whether it has other characters than ASCII, and all bytes are UTF-8.
        is_blank: whether there is nothing but white space.
    """

    size: int = 0
    characters: int = 0
    nuls: int = 0
    line_ends: int = 0
    longest_line: int = 0
    has_mark: bool = False
    has_returns: bool = False
    has_controls: bool = False
    is_ascii: bool = True
    is_utf8: bool = False
    is_blank: bool = True
    _open_line: int = field(default=0, repr=False)

    def is_usual(self, codec: str) -> bool:
        """Whether nothing in the text has to be explained or refused by `data.decoding.decode`.

        Args:
            codec: name of the encoding, as `codecs.lookup` gives it.
        """
        only_returns = self.has_returns and not self.line_ends
        controls = codec == "iso8859-1" and self.has_controls
        return not only_returns and not controls and 10 * self.nuls <= self.characters

    def add(self, piece: str) -> None:
        """Count a piece of the text."""
        self.characters += len(piece)
        self.nuls += piece.count("\0")
        self.has_returns = self.has_returns or "\r" in piece
        self.is_blank = self.is_blank and not piece.lstrip("\ufeff").strip()
        if not self.has_controls and not piece.isascii():
            self.has_controls = decoding.CONTROLS.search(piece) is not None
        first, *others = map(len, piece.split("\n"))
        self.line_ends += len(others)
        self.longest_line = max(self.longest_line, self._open_line + first, *others)
        self._open_line = others[-1] if others else self._open_line + first


def scan_text(path: Path, encoding: str) -> TextScan | None:
    """Scan a file; None where it cannot be read, is too large or is no text of that encoding.

    Args:
        path: path of the file.
        encoding: Python's name of its encoding.
    """
    scan = TextScan()
    decoder = codecs.getincrementaldecoder(encoding)()
    as_utf8 = None if encoding in _UTF8 else codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(path, encoding):
            scan.has_mark = scan.has_mark or (not scan.size and piece.startswith(codecs.BOM_UTF8))
            scan.size += len(piece)
            if scan.size > decoding.LARGEST_BYTES:
                return None
            scan.is_ascii = scan.is_ascii and piece.isascii()
            if as_utf8 is not None and not _decodes(as_utf8, piece):
                as_utf8 = None
            scan.add(decoder.decode(piece))
        scan.add(decoder.decode(b"", final=True))
    except (OSError, UnicodeError):
        return None
    is_valid = encoding in _UTF8 or (as_utf8 is not None and _decodes(as_utf8, b"", final=True))
    scan.is_utf8 = is_valid and not scan.is_ascii
    return scan


def _pieces(path: Path, encoding: str) -> Iterator[bytes]:
    """Yield the bytes of a file.

    Raises:
        UnicodeError: for a file of another kind than text, and one with the byte-order mark of another encoding.
    """
    with path.open("rb") as file:
        begin = file.read(_PIECE)
        if decoding.is_container(begin) or (encoding in _UTF8 and decoding.byte_order_mark(begin)):
            raise UnicodeError
        while begin:
            yield begin
            begin = file.read(_PIECE)


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeError:
        return False
    return True
