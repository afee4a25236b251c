"""Files that hold no data: what a download leaves in place of the file."""

from pathlib import Path

from leaderboard.errors import RequestError

_SAMPLE = 512
_POINTER = b"version https://git-lfs.github.com/spec/"
_PAGES = (b"<!doctype html", b"<html")


def first_bytes(path: Path) -> bytes:
    """Return the first bytes of a file.

    Raises:
        RequestError: for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_SAMPLE)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None


def refuse_no_data(path: Path) -> None:
    """Refuse a pointer of Git LFS and a web page.

    Raises:
        RequestError: saying what the file is, and how to get the data.
    """
    begin = first_bytes(path)
    if begin.startswith(_POINTER):
        raise RequestError(f"{path}: a pointer of Git LFS, not the file itself\n  Fetch it: git lfs pull")
    if begin.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        raise RequestError(
            f"{path}: a web page (HTML), not data\n  Download the file itself, or save the table as CSV."
        )
