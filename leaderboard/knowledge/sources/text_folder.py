"""TextFolder: passages of the texts in a folder."""

import re
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

from leaderboard.data.text_files import read_text
from leaderboard.errors import RequestError
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.source import KnowledgeSource, file_state

LARGEST = 2**26
"""Maximum bytes of a text."""
MOST_FILES = 100_000
LONGEST_PASSAGE = 100
"""Maximum words of a passage, as in DPR (Karpukhin et al. 2020)."""
_SUFFIXES = (".txt", ".md")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
"""A word: a Han character, or what white space and Han characters separate."""


class TextFolder(KnowledgeSource):
    """Read the passages of all texts (.txt, .md) in a folder and its subfolders.

    Paragraphs end at a blank line; longer ones are split into passages of 100 words. A Han character is a word.
    """

    name: ClassVar[str] = "texts"
    form: ClassVar[str] = "a folder of texts (.txt, .md)"

    def accepts(self, reference: str) -> bool:
        """Return whether the reference is a folder."""
        return Path(reference).is_dir()

    def facts(self, reference: str) -> Sequence[Fact]:
        """Return one fact for each passage, in the order of the paths.

        Raises:
            RequestError: for a folder without texts, or a text that cannot be read.
        """
        files = _files(Path(reference))
        if not files:
            raise RequestError(
                f"recipe.knowledge {reference}: the folder has no texts\n  Valid: files ending in .txt or .md"
            )
        texts = (read_text(file, largest=LARGEST, where="recipe.knowledge") for file in files)
        return tuple(dict.fromkeys(Fact(passage) for text in texts for passage in passages(text)))

    def state(self, reference: str) -> Hashable:
        """Return path, time of change and size of every text."""
        return tuple((str(file), file_state(file)) for file in _files(Path(reference)))


def passages(text: str) -> Iterator[str]:
    """Yield the passages of a text, without line breaks."""
    for paragraph in re.split(r"\n[ \t\r]*\n", text):
        plain = " ".join(paragraph.split())
        words = list(_WORD.finditer(plain))
        for start in range(0, len(words), LONGEST_PASSAGE):
            last = words[min(start + LONGEST_PASSAGE, len(words)) - 1]
            yield plain[words[start].start() : last.end()]


def _files(folder: Path) -> list[Path]:
    texts = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    files = list(islice(texts, MOST_FILES + 1))
    if len(files) > MOST_FILES:
        raise RequestError(
            f"recipe.knowledge {folder}: more than {MOST_FILES:,} texts, the most that a folder may have"
        )
    return sorted(files)
