"""Tagging schemes: detection of the scheme of tags, and conversion of their spans to IOB2."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from leaderboard.errors import RequestError


class Scheme(StrEnum):
    """Tagging scheme: how tags mark the begin and end of a span."""

    IOB2 = "IOB2"
    IOB1 = "IOB1"
    BIOES = "BIOES"
    BILOU = "BILOU"
    IO = "IO"


class Span(NamedTuple):
    """Span of words of one type: index of the first word, and of the one after the last."""

    type: str
    start: int
    end: int


class SpanStarts(NamedTuple):
    """Counts of how spans begin: with `B-` where IOB1 would have `I-`, or with `I-` where IOB2 would have `B-`.

    Attributes:
        begun: number of spans that begin with `B-` and do not directly follow a span of their type.
        orphaned: number of spans that begin with `I-`.
    """

    begun: int
    orphaned: int


_TAG = re.compile(r"([BIESLUM])(?:-(.+))?", re.DOTALL)
_NORMAL = {"M": "I", "L": "E", "U": "S"}
"""Letters of BMES and BILOU, mapped to those of BIOES."""
_BIOES, _BILOU = (frozenset("BIES"), frozenset("BMES")), frozenset("BILU")
_ENDS = frozenset("ES")
_SHOWN = 8
"""Maximum number of tags in a message."""


@dataclass(frozen=True)
class Vocabulary:
    """Parsed tags of a task or of a head.

    Attributes:
        family: BIOES, BILOU, IO, or IOB2 where only the sequences distinguish IOB1 from IOB2.
        parts: letter (of BIOES; O outside) and type of each tag.
    """

    family: Scheme
    parts: dict[str, tuple[str, str]]

    @property
    def types(self) -> frozenset[str]:
        """Types of span of the tags."""
        return frozenset(kind for letter, kind in self.parts.values() if letter != "O")


def vocabulary(tags: Iterable[str]) -> Vocabulary:
    """Parse tags and detect their scheme.

    `B-X`, `I-X` and `O` are IOB1 or IOB2; with `E-` and `S-` (`M-` for `I-`) they are BIOES, with `L-` and `U-` BILOU.
    `O` and tags without any `B-` are IO, whether they are written `I-X` or `X`.

    Raises:
        RequestError: for tags of no scheme, or of several.
    """
    names = list(dict.fromkeys(tags))
    parts: dict[str, tuple[str, str]] = {"O": ("O", "")} if "O" in names else {}
    matches = {name: _TAG.fullmatch(name) for name in names if name != "O"}
    if "O" in names and matches and not any(matches.values()):
        return Vocabulary(Scheme.IO, parts | {name: ("I", name) for name in matches})
    family = _scheme_of_letters({match[1] for match in matches.values() if match})
    letters = {"B", "I"} if family is None else set("BIESLUM")
    invalid = [name for name, match in matches.items() if match is None or match[1] not in letters]
    if invalid:
        more = f" and {len(invalid) - _SHOWN:,} more" if len(invalid) > _SHOWN else ""
        raise RequestError(
            f"tags {', '.join(map(repr, invalid[:_SHOWN]))}{more} are of no known tagging scheme\n"
            "  Valid schemes: IOB2 and IOB1 ('B-TYPE', 'I-TYPE', 'O'), BIOES (also 'E-TYPE', 'S-TYPE'), "
            "BILOU (also 'L-TYPE', 'U-TYPE') and IO ('I-TYPE', or all of them 'TYPE'; and 'O')"
        )
    for name, match in matches.items():
        if match:
            parts[name] = _NORMAL.get(match[1], match[1]), match[2] or ""
    return Vocabulary(family or Scheme.IOB2, parts)


def _scheme_of_letters(letters: Collection[str]) -> Scheme | None:
    """Return the scheme with these letters; None for B and I alone, or for no scheme."""
    letters = frozenset(letters)
    if letters == {"I"}:
        return Scheme.IO
    if "E" in letters and any(letters <= all_of for all_of in _BIOES):
        return Scheme.BIOES
    if "L" in letters and letters <= _BILOU:
        return Scheme.BILOU
    return None


def count_starts(sentences: Iterable[Sequence[str]], tags: Vocabulary) -> SpanStarts:
    """Count how the spans of sentences begin."""
    begun = orphaned = 0
    for sentence in sentences:
        previous = ("O", "")
        for letter, kind in (tags.parts[tag] for tag in sentence):
            follows = previous[0] != "O" and previous[1] == kind
            begun += letter == "B" and not follows
            orphaned += letter == "I" and not follows
            previous = letter, kind
    return SpanStarts(begun, orphaned)


def scheme_of(sentences: Sequence[Sequence[str]], tags: Vocabulary) -> Scheme:
    """Detect the scheme of sentences.

    Where the tags are `B-`, `I-` and `O`: IO without any `B-`, IOB1 where `B-` only separates two spans of one type,
    else IOB2. Sentences with both `B-` and `I-` at the beginning of spans count as IOB2.
    """
    if tags.family is not Scheme.IOB2:
        return tags.family
    counts = count_starts(sentences, tags)
    if counts.begun or not counts.orphaned:
        return Scheme.IOB2
    any_begin = any(tags.parts[tag][0] == "B" for sentence in sentences for tag in sentence)
    return Scheme.IOB1 if any_begin else Scheme.IO


def lenient_spans(sentence: Sequence[str], tags: Vocabulary) -> list[Span]:
    """Return the spans of a sentence as conlleval does (Tjong Kim Sang & Buchholz 2000): no word with a type is lost.

    A span begins at `B-` and `S-`, and at any other tag after `O`, `E-`, `S-` or another type. For well-formed tags of
    the schemes IOB1, IOB2, IO, BIOES and BILOU these are the spans of the scheme.
    """
    spans: list[Span] = []
    previous = ("O", "")
    start = 0
    for index, tag in enumerate((*sentence, None)):
        letter, kind = ("O", "") if tag is None else tags.parts[tag]
        starts_span = letter != "O" and (
            letter in "BS" or previous[0] == "O" or previous[0] in _ENDS or previous[1] != kind
        )
        if previous[0] != "O" and (letter == "O" or starts_span):
            spans.append(Span(previous[1], start, index))
        if starts_span:
            start = index
        previous = letter, kind
    return spans


def strict_spans(sentence: Sequence[str], tags: Vocabulary) -> list[Span]:
    """Return the well-formed spans of a sentence in BIOES or BILOU: `B-X`, any number of `I-X`, `E-X`; or `S-X`.

    As seqeval in strict mode (Nakayama 2018); anything else belongs to no span.
    """
    spans: list[Span] = []
    start: int | None = None
    open_type = ""
    for index, tag in enumerate(sentence):
        letter, kind = tags.parts[tag]
        if letter == "B":
            start, open_type = index, kind
        elif letter == "S":
            spans.append(Span(kind, index, index + 1))
            start = None
        elif letter in "IE" and start is not None and kind == open_type:
            if letter == "E":
                spans.append(Span(kind, start, index + 1))
                start = None
        else:
            start = None
    return spans


def iob2(spans: Iterable[Span], length: int) -> list[str]:
    """Return the tags of a sentence of `length` words in IOB2."""
    tags = ["O"] * length
    for kind, start, end in spans:
        suffix = f"-{kind}" if kind else ""
        tags[start:end] = [f"B{suffix}", *[f"I{suffix}"] * (end - start - 1)]
    return tags


def write_tags(spans: Iterable[Span], length: int, family: Scheme) -> list[str]:
    """Return the tags of a sentence of `length` words in a scheme; IO joins neighbours of one type."""
    tags = iob2(spans, length)
    if family is Scheme.IO:
        return [f"I{tag[1:]}" if tag != "O" else tag for tag in tags]
    if family not in {Scheme.BIOES, Scheme.BILOU}:
        return tags
    last, single = ("E", "S") if family is Scheme.BIOES else ("L", "U")
    ends = [after[0] != "I" for after in (*tags[1:], "O")]
    letters = {("B", True): single, ("I", True): last}
    return [letters.get((tag[0], end), tag[0]) + tag[1:] for tag, end in zip(tags, ends, strict=True)]


def to_iob2(sentences: Sequence[Sequence[str]], tags: Vocabulary) -> list[list[str]]:
    """Convert sentences to IOB2 by `lenient_spans`."""
    return [iob2(lenient_spans(sentence, tags), len(sentence)) for sentence in sentences]


class ComparableTags(NamedTuple):
    """True and predicted tags of sentences in IOB2, so that their spans can be compared.

    Attributes:
        scheme: scheme of the true tags.
        true: true tags, without loss of a span.
        predicted: predicted tags, read strictly where the scheme has strict rules: unchanged in IOB2, well-formed
            spans alone in BIOES and BILOU.
        lenient: predicted tags as conlleval reads them.
    """

    scheme: Scheme
    true: list[list[str]]
    predicted: list[list[str]]
    lenient: list[list[str]]


def compare_tags(true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], tags: Vocabulary) -> ComparableTags:
    """Convert true and predicted tags of one vocabulary to IOB2."""
    scheme = scheme_of(true, tags)
    lenient = to_iob2(predicted, tags)
    match scheme:
        case Scheme.IOB2:
            predicted_in_scheme = [list(sentence) for sentence in predicted]
        case Scheme.BIOES | Scheme.BILOU:
            predicted_in_scheme = [iob2(strict_spans(sentence, tags), len(sentence)) for sentence in predicted]
        case _:
            predicted_in_scheme = lenient
    return ComparableTags(scheme, to_iob2(true, tags), predicted_in_scheme, lenient)
