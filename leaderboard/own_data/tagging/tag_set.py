"""The tags of a file: their scheme, and the types of span."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.axes.accuracy.schemes import Scheme, Vocabulary, scheme_of, vocabulary
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import Detection, listed
from leaderboard.own_data.yaml_flow import Value

_LETTERS = "OBIMESLU"
_MOST_TYPES = 200


@dataclass(frozen=True)
class TagSet:
    """Tags of a file.

    Attributes:
        names: the tags, in the order of the task: O first, then by type.
        vocabulary: letter and type of each.
        detections: how they were detected.
    """

    names: tuple[str, ...]
    vocabulary: Vocabulary
    detections: tuple[Detection, ...] = ()

    @property
    def settings(self) -> Mapping[str, Value]:
        """Settings of `read:`; tags are read as they are."""
        return {}


def detect_tags(path: Path, sentences: Sequence[Sequence[str]]) -> TagSet:
    """Detect the tags and their scheme.

    Args:
        path: path of the file, for messages.
        sentences: tags of its sentences.

    Raises:
        RequestError: for tags of no scheme, or without any span.
    """
    counts = Counter(tag for sentence in sentences for tag in sentence)
    try:
        tags = vocabulary(counts)
    except RequestError as error:
        raise RequestError(f"{path}: {error}\n  Name the column of tags with --label.") from None
    if not tags.types:
        raise RequestError(f"{path}: every word is tagged {listed(counts)}: there is no span to find")
    if len(tags.types) > _MOST_TYPES:
        raise RequestError(
            f"{path}: {len(tags.types):,} types of span, such as {listed(sorted(tags.types)[:3])}\n"
            "  Name the column of tags with --label."
        )
    names = tuple(sorted(counts, key=lambda tag: (tag != "O", tags.parts[tag][1], _LETTERS.find(tag[:1]), tag)))
    scheme = scheme_of(sentences, tags)
    return TagSet(
        names,
        tags,
        (
            Detection("scheme", scheme.value, _EVIDENCE[scheme]),
            Detection("types", listed(sorted(tags.types)), f"{counts.total():,} words, {counts['O']:,} of them O"),
        ),
    )


_EVIDENCE = {
    Scheme.IOB2: "B- begins a span, I- continues it",
    Scheme.IOB1: "B- only divides two spans of one type",
    Scheme.BIOES: "E- ends a span, S- is one word",
    Scheme.BILOU: "L- ends a span, U- is one word",
    Scheme.IO: "no tag begins with B-",
}
