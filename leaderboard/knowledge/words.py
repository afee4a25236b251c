"""Words: the units by which questions and facts are compared, of spaced and unspaced scripts."""

import re
import unicodedata
from collections.abc import Iterator

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
_UNSPACED = re.compile(rf"[{HAN}]")


def normalised(text: str) -> str:
    """Return a text in lower case with one encoding for each character (NFKC)."""
    return unicodedata.normalize("NFKC", text).lower()


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; of Han characters, each one and each two in a row.

    Bigrams of Han characters retrieve as well as segmented words (Nie et al. 2000), and need no dictionary.
    """
    return list(_words(normalised(text)))


def is_unspaced(letter: str) -> bool:
    """Return whether words around a character are not separated by spaces."""
    return _UNSPACED.match(letter) is not None


def _words(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if not is_unspaced(run[0]):
            yield run
            continue
        yield from run
        yield from (run[start : start + 2] for start in range(len(run) - 1))
