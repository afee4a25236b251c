"""Overlap of training and scored data: rows are compared by their content."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from leaderboard.data.examples import ChoiceExample, Example, PromptExample, TaggedExample, TextExample
from leaderboard.data.sampling import content
from leaderboard.data.specification import Overlap
from leaderboard.data.text_normalization import normalized
from leaderboard.errors import LeaderboardError, RequestError

TRAIN, SEARCH, NONMEMBERS = "train", "search", "nonmembers"
"""Splits that a subject is made from; the others score it, and so does `search` in a study."""

TOLERATED = 0.01
"""Largest share of a split, beyond a single row, that may be in the training data: short texts coincide by chance.

Between bundled tasks of other sources it is .0024 at most; where sources are the same, .22 at least."""

_SHOWN = 3


class Leak(NamedTuple):
    """A scored row that was trained on: its id, and its source in the training data."""

    id: str
    source: str


def text_fingerprint(example: Example) -> str:
    """Return a digest (64 hex digits) of the content of an example: letters, digits, marks and symbols, case-folded.

    White space and most punctuation do not count, as in `normalized`, since corpora tokenise the same sentence
    differently: 77 % of SST-2 is in the movie snippets of Hutto & Gilbert 2014, almost all of it with other spacing.
    Words of a sentence are joined to a text; a question includes its choices, but not the right one; reference
    answers do not count either.
    """
    return _fingerprint(_texts(example))


@lru_cache(maxsize=1 << 17)
def _fingerprint(texts: tuple[str, ...]) -> str:
    """Compute a fingerprint; cached, since the same rows are compared for many subjects."""
    return hashlib.sha256("\x1f".join(map(normalized, texts)).encode()).hexdigest()


def fingerprints(examples: Iterable[Example], source: str) -> dict[str, str]:
    """Map the fingerprint of each example to its origin, `source` and its id: "sst2: train-17"."""
    return {text_fingerprint(example): f"{source}: {example.id}" for example in examples}


def leaks(trained_on: Mapping[str, str], examples: Iterable[Example]) -> list[Leak]:
    """Return the examples that a subject was trained on.

    Args:
        trained_on: `fingerprints` of everything that the subject was trained on.
        examples: the examples to score.
    """
    if not trained_on:
        return []
    sources = ((example.id, trained_on.get(text_fingerprint(example))) for example in examples)
    return [Leak(name, source) for name, source in sources if source is not None]


def refuse_leaks(trained_on: Mapping[str, str], splits: Mapping[str, Sequence[Example]], *, task: str) -> None:
    """Refuse to score a subject on what it was trained on, except for coincidences.

    Args:
        trained_on: `fingerprints` of everything that the subject was trained on.
        splits: splits of the task; those that a subject is made from do not count.
        task: its name.

    Raises:
        LeaderboardError: when more than `TOLERATED` of a split was trained on; names the first of those rows.
    """
    if not trained_on:
        return
    for name, examples in splits.items():
        if name in {TRAIN, NONMEMBERS}:
            continue
        leaked = leaks(trained_on, examples)
        if len(leaked) > max(1, TOLERATED * len(examples)):
            shown = ", ".join(f"{leak.id} is {leak.source}" for leak in leaked[:_SHOWN])
            raise LeaderboardError(
                f"the subject was trained on {len(leaked)} of {len(examples)} rows of split '{name}' of {task} "
                f"({shown})"
            )


def disjoint(splits: Mapping[str, Sequence[Example]], overlap: Overlap, *, task: str) -> dict[str, Sequence[Example]]:
    """Return the splits for training: `train` shares no row with another split, nor `search` with the test.

    Args:
        splits: all rows of all splits, whatever the limit.
        overlap: refuse shared rows, or leave them out of `train` (and of `search`, for what is fitted or stopped by
            it). Other splits are returned as they came; whoever scores `search` scores it as it came, too.
        task: its name, for the message.

    Raises:
        RequestError: naming both splits, how many rows they share and the first of them; also when dropping would
            leave nothing of a split.
    """
    prints = {name: [text_fingerprint(example) for example in examples] for name, examples in splits.items()}
    shared = list(_shared(splits, prints))
    if shared and overlap is Overlap.REFUSE:
        lines = "\n".join(f"  {line}" for line in shared)
        raise RequestError(
            f"{task}: training rows are also in scored splits\n{lines}\n"
            "  Write `overlap: drop` under `data:` to leave them out of the training data, or use other splits."
        )
    kept: dict[str, Sequence[Example]] = dict(splits)
    for name in (name for name in (TRAIN, SEARCH) if name in splits):
        taken = {mark for other in _against(name, splits) for mark in prints[other]}
        kept[name] = [example for example, mark in zip(splits[name], prints[name], strict=True) if mark not in taken]
        if splits[name] and not kept[name]:
            raise RequestError(f"{task}: every row of '{name}' is in another split too; nothing of it would be left")
    return kept


def _against(name: str, splits: Iterable[str]) -> list[str]:
    """Return the splits that a split may share no row with."""
    allowed = {TRAIN} if name == TRAIN else {TRAIN, SEARCH, NONMEMBERS}
    return [other for other in splits if other not in allowed]


def _shared(splits: Mapping[str, Sequence[Example]], prints: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a line for every two splits that share rows: how many, and the first of them."""
    for name in (TRAIN, SEARCH):
        for other in _against(name, splits) if name in splits else ():
            first = dict(reversed(list(zip(prints[other], splits[other], strict=True))))
            rows = [
                (example.id, first[mark].id)
                for example, mark in zip(splits[name], prints[name], strict=True)
                if mark in first
            ]
            if rows:
                shown = ", ".join(f"{one} is {two}" for one, two in rows[:_SHOWN])
                yield f"{len(rows)} of {len(splits[name])} rows of '{name}' are in '{other}' too: {shown}"


def text_of(example: Example) -> str:
    """Return the content of an example as one text."""
    return "\n".join(_texts(example))


def _texts(example: Example) -> tuple[str, ...]:
    match example:
        case TextExample():
            return (example.text,) if example.second is None else (example.text, example.second)
        case TaggedExample():
            return (" ".join(example.words),)
        case ChoiceExample():
            return (example.question, *example.choices)
        case PromptExample():
            return (example.text,)
    return (content(example),)
