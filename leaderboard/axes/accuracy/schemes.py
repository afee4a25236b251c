"""Schemes of tags: which one a set of tags is written in, and the spans they mean, written in IOB2."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from leaderboard.errors import RequestError


class Scheme(StrEnum):
    """How tags say where a span begins and ends."""

    IOB2 = "IOB2"
    IOB1 = "IOB1"
    BIOES = "BIOES"
    BILOU = "BILOU"
    IO = "IO"


class Span(NamedTuple):
    """Words of one type: the first, and the one behind the last."""

    type: str
    start: int
    end: int


class Starts(NamedTuple):
    """How the spans of sentences begin: with `B-` where IOB1 would have `I-`, or with `I-` where IOB2 would have `B-`.

    Attributes:
        begun: spans that begin with `B-` and do not directly follow a span of their type.
        orphaned: spans that begin with `I-`.
    """

    begun: int
    orphaned: int


_TAG = re.compile(r"([BIESLUM])(?:-(.+))?", re.DOTALL)
_NORMAL = {"M": "I", "L": "E", "U": "S"}
"""The letters of BMES and BILOU as BIOES has them."""
_BIOES, _BILOU = (frozenset("BIES"), frozenset("BMES")), frozenset("BILU")
_ENDS = frozenset("ES")


@dataclass(frozen=True)
class Vocabulary:
    """The tags of a task or of a head, taken apart.

    Attributes:
        family: BIOES, BILOU, IO, or IOB2 where only the sequences tell IOB1 from IOB2.
        parts: letter (as BIOES has it; O outside) and type of each tag.
    """

    family: Scheme
    parts: dict[str, tuple[str, str]]

    @property
    def types(self) -> frozenset[str]:
        """The types of span that the tags name."""
        return frozenset(kind for letter, kind in self.parts.values() if letter != "O")


def vocabulary(tags: Iterable[str]) -> Vocabulary:
    """Take tags apart, and see which scheme they are of.

    `B-X`, `I-X` and `O` are IOB1 or IOB2; with `E-` and `S-` (`M-` for `I-`) they are BIOES, with `L-` and `U-` BILOU.
    `O` and tags without any `B-` are IO, whether they are written `I-X` or `X`.

    Raises:
        RequestError: naming the tags that are of no scheme, or of several.
    """
    names = list(dict.fromkeys(tags))
    parts: dict[str, tuple[str, str]] = {"O": ("O", "")} if "O" in names else {}
    matches = {name: _TAG.fullmatch(name) for name in names if name != "O"}
    if "O" in names and matches and not any(matches.values()):
        return Vocabulary(Scheme.IO, parts | {name: ("I", name) for name in matches})
    family = _family({match[1] for match in matches.values() if match})
    letters = {"B", "I"} if family is None else set("BIESLUM")
    strange = [name for name, match in matches.items() if match is None or match[1] not in letters]
    if strange:
        raise RequestError(
            f"tags {', '.join(map(repr, strange))} begin no span and end none\n"
            "  Tags are read in the schemes IOB2 and IOB1 ('B-TYPE', 'I-TYPE', 'O'), BIOES (also 'E-TYPE', 'S-TYPE'), "
            "BILOU (also 'L-TYPE', 'U-TYPE') and IO ('I-TYPE', or all of them 'TYPE'; and 'O')"
        )
    for name, match in matches.items():
        if match:
            parts[name] = _NORMAL.get(match[1], match[1]), match[2] or ""
    return Vocabulary(family or Scheme.IOB2, parts)


def _family(letters: Collection[str]) -> Scheme | None:
    """The scheme that has these letters; None for B and I alone, or for no scheme."""
    letters = frozenset(letters)
    if letters == {"I"}:
        return Scheme.IO
    if "E" in letters and any(letters <= all_of for all_of in _BIOES):
        return Scheme.BIOES
    if "L" in letters and letters <= _BILOU:
        return Scheme.BILOU
    return None


def starts(sentences: Iterable[Sequence[str]], tags: Vocabulary) -> Starts:
    """How the spans of sentences begin."""
    begun = orphaned = 0
    for sentence in sentences:
        before = ("O", "")
        for letter, kind in (tags.parts[tag] for tag in sentence):
            follows = before[0] != "O" and before[1] == kind
            begun += letter == "B" and not follows
            orphaned += letter == "I" and not follows
            before = letter, kind
    return Starts(begun, orphaned)


def scheme_of(sentences: Sequence[Sequence[str]], tags: Vocabulary) -> Scheme:
    """The scheme that sentences are written in.

    Where the tags are `B-`, `I-` and `O`: IO without any `B-`, IOB1 where `B-` only parts two spans of one type, else
    IOB2. Sentences that hold both `B-` and `I-` at the beginning of spans count as IOB2.
    """
    if tags.family is not Scheme.IOB2:
        return tags.family
    counts = starts(sentences, tags)
    if counts.begun or not counts.orphaned:
        return Scheme.IOB2
    any_begin = any(tags.parts[tag][0] == "B" for sentence in sentences for tag in sentence)
    return Scheme.IOB1 if any_begin else Scheme.IO


def lenient_spans(sentence: Sequence[str], tags: Vocabulary) -> list[Span]:
    """The spans of a sentence as conlleval has them (Tjong Kim Sang & Buchholz 2000): no word with a type is lost.

    A span begins at `B-` and `S-`, and at any other tag behind `O`, `E-`, `S-` or another type. In the schemes IOB1,
    IOB2, IO, BIOES and BILOU, where tags are well-formed, these are the spans that they mean.
    """
    spans: list[Span] = []
    before = ("O", "")
    start = 0
    for place, tag in enumerate((*sentence, None)):
        letter, kind = ("O", "") if tag is None else tags.parts[tag]
        begins = letter != "O" and (letter in "BS" or before[0] == "O" or before[0] in _ENDS or before[1] != kind)
        if before[0] != "O" and (letter == "O" or begins):
            spans.append(Span(before[1], start, place))
        if begins:
            start = place
        before = letter, kind
    return spans


def strict_spans(sentence: Sequence[str], tags: Vocabulary) -> list[Span]:
    """The well-formed spans of a sentence, in BIOES or BILOU: `B-X`, any number of `I-X`, `E-X`; or `S-X`.

    As seqeval has them in strict mode (Nakayama 2018); anything else belongs to no span.
    """
    spans: list[Span] = []
    start: int | None = None
    open_type = ""
    for place, tag in enumerate(sentence):
        letter, kind = tags.parts[tag]
        if letter == "B":
            start, open_type = place, kind
        elif letter == "S":
            spans.append(Span(kind, place, place + 1))
            start = None
        elif letter in "IE" and start is not None and kind == open_type:
            if letter == "E":
                spans.append(Span(kind, start, place + 1))
                start = None
        else:
            start = None
    return spans


def iob2(spans: Iterable[Span], length: int) -> list[str]:
    """The tags of a sentence of so many words, in IOB2."""
    tags = ["O"] * length
    for kind, start, end in spans:
        suffix = f"-{kind}" if kind else ""
        tags[start:end] = [f"B{suffix}", *[f"I{suffix}"] * (end - start - 1)]
    return tags


def written(spans: Iterable[Span], length: int, family: Scheme) -> list[str]:
    """The tags of a sentence of so many words, in a scheme; IO joins neighbours of one type."""
    tags = iob2(spans, length)
    if family is Scheme.IO:
        return [f"I{tag[1:]}" if tag != "O" else tag for tag in tags]
    if family not in {Scheme.BIOES, Scheme.BILOU}:
        return tags
    last, single = ("E", "S") if family is Scheme.BIOES else ("L", "U")
    ends = [after[0] != "I" for after in (*tags[1:], "O")]
    letters = {("B", True): single, ("I", True): last}
    return [letters.get((tag[0], end), tag[0]) + tag[1:] for tag, end in zip(tags, ends, strict=True)]


def as_iob2(sentences: Sequence[Sequence[str]], tags: Vocabulary) -> list[list[str]]:
    """What the sentences mean, written in IOB2; see `lenient_spans`."""
    return [iob2(lenient_spans(sentence, tags), len(sentence)) for sentence in sentences]


class Compared(NamedTuple):
    """Both sides of tagged sentences, written in IOB2 so that their spans can be compared.

    Attributes:
        scheme: that the true tags are written in.
        true: what the true tags mean; no span is lost.
        predicted: what the predicted tags mean, read strictly where the scheme has strict rules: as they are in IOB2,
            well-formed spans alone in BIOES and BILOU.
        lenient: what conlleval reads in the predicted tags.
    """

    scheme: Scheme
    true: list[list[str]]
    predicted: list[list[str]]
    lenient: list[list[str]]


def compared(true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], tags: Vocabulary) -> Compared:
    """Bring true and predicted tags of one vocabulary into one scheme."""
    scheme = scheme_of(true, tags)
    lenient = as_iob2(predicted, tags)
    match scheme:
        case Scheme.IOB2:
            read = [list(sentence) for sentence in predicted]
        case Scheme.BIOES | Scheme.BILOU:
            read = [iob2(strict_spans(sentence, tags), len(sentence)) for sentence in predicted]
        case _:
            read = lenient
    return Compared(scheme, as_iob2(true, tags), read, lenient)
