"""Rewording: small paraphrases of a text that keep its words in their order, one for one.

Contractions are written out, neutral words replaced by near-synonyms, and the full stop at the end of a text added or
left out. Explanations of the text and of its paraphrase can so be compared word by word.
"""

from collections.abc import Mapping, Sequence
from functools import cache

_CONTRACTION_TABLE = """
don't do not|doesn't does not|didn't did not|isn't is not|aren't are not|wasn't was not|weren't were not|hasn't has not
haven't have not|hadn't had not|can't cannot|couldn't could not|won't will not|wouldn't would not|shouldn't should not
i'm i am|it's it is|that's that is|there's there is|he's he is|she's she is|what's what is|you're you are|we're we are
they're they are|i've i have|you've you have|we've we have|they've they have|i'll i will|you'll you will|it'll it will
i'd i would|you'd you would
"""
_SYNONYMS = """
film movie|movie film|films movies|movies films|very really|really very|also too|maybe perhaps|perhaps maybe
almost nearly|nearly almost|begin start|begins starts|start begin|starts begins|big large|large big|whole entire
entire whole|enough sufficiently|though although|although though|often frequently|people persons|story tale|tale story
picture film|movie's film's|film's movie's|kids children|children kids|until till|shows displays|watch view
"""
"""Neutral words with a near-synonym: none that says good or bad."""


def _pairs(table: str) -> dict[str, str]:
    entries = (entry for line in table.split("\n") for entry in line.split("|") if entry)
    return dict(entry.split(" ", 1) for entry in entries)


CONTRACTIONS: Mapping[str, str] = _pairs(_CONTRACTION_TABLE)
"""English contractions and what they stand for."""

_FULL_STOPS = {" ": ".", "": "。"}
_ENDS = ".!?…。！？"


def reword(words: Sequence[str], separator: str) -> list[str]:
    """Return a paraphrase of as many words, some of which may hold a space ("do not"); it differs in at least one.

    Args:
        words: words of a text, at least one.
        separator: what is between two words: a space, or nothing.
    """
    changed = [_reworded(word) for word in words]
    last = changed[-1]
    full_stop = _FULL_STOPS[separator]
    if last.endswith(full_stop) and len(last) > 1:
        changed[-1] = last.removesuffix(full_stop)
    elif last[-1:] not in _ENDS:
        changed[-1] = last + full_stop
    if changed == list(words):  # the last word is punctuation alone, or asks or exclaims
        changed[-1] = last + last[-1:]
    return changed


def _reworded(word: str) -> str:
    plain = word.replace("’", "'")
    core = plain.strip("\"'.,;:!?()")
    replacement = _table().get(core.lower())
    if not core or replacement is None:
        return word
    if core[0].isupper():
        replacement = replacement[0].upper() + replacement[1:]
    return plain.replace(core, replacement, 1)


@cache
def _table() -> Mapping[str, str]:
    return {**CONTRACTIONS, **_pairs(_SYNONYMS)}
