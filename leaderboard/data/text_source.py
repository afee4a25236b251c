"""Text files read line by line: the memory that they take does not grow with their size."""

import codecs
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from leaderboard.data import decoding
from leaderboard.data.text_scan import TextScan, scan_text


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text that is read anew each time, without its byte-order mark. Only LF ends a line.

    Attributes:
        path: path of its file, for messages.
        encoding: name of the encoding of the file.
        whole: the text, where it had to be decoded as a whole; None where the file is read piece by piece.
        scan: counts of the file; None for a whole text.
    """

    path: Path
    encoding: str
    whole: str | None = None
    scan: TextScan | None = None

    @classmethod
    def of_text(cls, text: str, path: Path) -> "TextSource":
        """Return the source of a text in memory.

        Args:
            text: the text.
            path: path for messages.
        """
        return cls(path, "", text)

    def lines(self) -> Iterator[str]:
        """Yield each line with its line end."""
        with closing(self._opened()) as file:
            for number, line in enumerate(file):
                yield line if number else line.removeprefix("\ufeff")

    def text(self) -> str:
        """Return all of the text."""
        if self.whole is not None:
            return self.whole
        with closing(self._opened()) as file:
            return file.read().removeprefix("\ufeff")

    def beginning(self, characters: int) -> str:
        """Return the first characters, at least so many where there are more."""
        if self.whole is not None:
            return self.whole[:characters]
        with closing(self._opened()) as file:
            return file.read(characters + 1).removeprefix("\ufeff")

    def is_blank(self) -> bool:
        """Whether it is empty or white space alone."""
        return not self.text().strip() if self.scan is None else self.scan.is_blank

    def check_lines(self) -> None:
        """Check the number of lines and their length.

        Raises:
            RequestError: naming the line, and what would be valid.
        """
        scan = self.scan
        if scan is None or scan.line_ends > decoding.MOST_LINES or scan.longest_line > decoding.LONGEST_LINE:
            decoding.check_lines(self.text(), self.path)

    def _opened(self) -> io.TextIOBase:
        if self.whole is not None:
            return io.StringIO(self.whole, newline="\n")
        return self.path.open(encoding=self.encoding, newline="\n")


def open_text(path: Path, encoding: str, *, keep_stray_bytes: bool = False) -> TextSource:
    """Check the text of a file and return it as a source.

    A file with anything unusual in it is decoded as a whole by `data.decoding.decode`, which refuses it or explains it.

    Args:
        path: path of the file.
        encoding: Python's name of its encoding.
        keep_stray_bytes: as in `data.decoding.decode`.

    Raises:
        RequestError: as `data.decoding.decode` does.
    """
    codec = codecs.lookup(encoding).name
    name = "utf-8-sig" if codec == "utf-8" else codec
    scan = scan_text(path, name)
    if scan is not None and scan.is_usual(codec) and not (scan.is_utf8 and not codec.startswith("utf")):
        return TextSource(path, name, scan=scan)
    return TextSource(path, name, decoding.decode(path, encoding, keep_stray_bytes=keep_stray_bytes))
